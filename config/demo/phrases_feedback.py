"""What users write in the feedback box: the second, smaller text dimension of the demo.

Each intent comes with the ratings people give along with it. The notation is
explained in `phrases`.
"""

FEEDBACK_RATINGS: dict[str, tuple[int, ...]] = {
    "saves_time": (5, 5, 5, 4),
    "good_writing": (5, 5, 4, 4),
    "too_expensive": (1, 2, 2, 3),
    "confusing_interface": (2, 2, 3, 3),
    "wrong_facts": (1, 2, 2, 3),
    "loves_templates": (4, 5, 5),
    "misses_integration": (3, 3, 4),
    "feels_slow": (1, 2, 3),
    "good_support": (5, 5, 4),
    "bad_support": (1, 1, 2),
    "unstable_app": (1, 1, 2),
    "poor_translation": (2, 3, 3),
}

# tables, many entries a line
# fmt: off
FEEDBACK_SHARES: dict[str, int] = {
    "saves_time": 16, "good_writing": 12, "too_expensive": 13, "confusing_interface": 9,
    "wrong_facts": 9, "loves_templates": 9, "misses_integration": 7, "feels_slow": 9,
    "good_support": 7, "bad_support": 6, "unstable_app": 7, "poor_translation": 5,
}
# fmt: on

FEEDBACK_AFTER: dict[str, tuple[str, ...]] = {
    "bugs": ("feels_slow", "unstable_app"),
    "mobile": ("unstable_app",),
    "billing": ("too_expensive",),
    "discounts": ("too_expensive",),
    "credits": ("too_expensive",),
    "integrations": ("misses_integration",),
    "design": ("loves_templates",),
    "writing": ("good_writing", "wrong_facts", "poor_translation"),
    "access": ("good_support", "bad_support"),
    "first steps": ("confusing_interface", "saves_time"),
}
"""What feedback is likelier after a conversation that began in a theme."""

FEEDBACK = {
    "saves_time": """
        * saves me so much time
        Saves me [hours|at least an hour|half a day] [every week|a week|per article]
        What [took|used to take] me [a day|two hours|an afternoon] now takes [ten minutes|half an \
            hour]
        [Huge|Big|Real] time saver [for {audience}|for our team|in my daily work]
        I get [twice as much|so much more] done [in a day|since I started using it]
        [Fast|Quick] and [easy|effortless], [my drafts are done before lunch|it frees up my \
            evenings]
        Finally [no more|less] time spent [staring at a blank page|on first drafts|on routine texts]
        We [halved|cut] the time for [newsletters|product texts|proposals][ by half| at {company}|]
        time saved: [about five hours a week|a lot]
        My productivity [doubled|went way up][, thank you|!|]
        Does in minutes what I [hate doing|needed an agency for]
    """,
    "good_writing": """
        * great texts
        The texts [sound natural|read like I wrote them|are really well written]
        [Best writing [quality|style] I've seen from an AI|Better writing than other tools I tried]
        [Surprisingly|Really|Impressively] good [copy|wording|style], [hardly any edits needed|my \
            boss noticed]
        It [hit|got|nailed] our brand voice [perfectly|on the first try|]
        Love how it [rephrases|polishes] my [clumsy|rough] sentences
        My [customers|readers|colleagues] [think I hired a writer|like the new texts]
        Writing is [clear|elegant] and [not salesy|to the point]
        The blog [post|article] about {topic} was [excellent|publishable as it was]
        good tone, good [structure|flow], [keep it up|well done]
        The headlines it [writes|suggests] are [brilliant|better than mine]
    """,
    "too_expensive": """
        * too expensive
        * too pricey
        [Too|Way too|A bit too] [expensive|pricey] for [a freelancer|a small team|what it does \
            |{audience}]
        {price} [a month|per seat] is [too much|hard to justify|a lot] for [occasional use|me]
        [The price|Pricing] [went up|doubled] [and nothing got better|without warning]
        [Good|Nice] tool but the price [is too high|hurts|puts me off]
        [Cheaper|Other] tools [do the same|cost half]
        I'd [stay|recommend it] if it were [cheaper|half the price]
        Would pay [half|a third] of that, not {price}
        not worth the money [for me|at the moment|on {plan_name}]
        Paying per seat gets [expensive|out of hand] with {seats} people
        Image credits on top of the [subscription|monthly price]? [Greedy|That's expensive|No \
            thanks]
    """,
    "confusing_interface": """
        * confusing
        The [new |][interface|menu|layout] is [confusing|cluttered|overwhelming]
        [I never find|Hard to find] [the settings|my folders|the export button|anything] [in the \
            new \
            design|]
        Too many [buttons|menus|clicks|panels][ for a simple task| on one screen|]
        [Where did everything go|Everything moved] after the redesign
        [It took|Took] me [ages|an hour] to [find|figure out] [how to share|where drafts are]
        Navigation makes no sense [on {device}|to me]
        The old [layout|design|menu] was [clearer|simpler]
        [Icons|Labels] are [unclear|hard to understand|tiny]
        please simplify the [menu|dashboard|toolbar]
        As a beginner I [felt lost|did not understand the screen], too much at once
    """,
    "wrong_facts": """
        * made up facts
        It [makes up|invents] [facts|sources|quotes|numbers][ all the time|, be careful|]
        [Had to|I have to] fact-check [everything|each sentence|every number]
        The [article|text] about {topic} had [three|several] [wrong|invented] [facts|statistics]
        [Hallucinates|Invents] [sources|studies] [that don't exist|with fake links]
        Can't trust [the numbers|what it says about {topic}|its claims]
        [Wrong|Outdated] [information|facts|dates] [in almost every answer|too often]
        It [confidently|happily] [claims|states] things that are [false|not true]
        Accuracy [must|has to] improve[, my client found an error|]
        Embarrassing: a [client|reader] [spotted|found] a made-up quote
        facts wrong, [style fine|otherwise ok]
    """,
    "loves_templates": """
        * love the templates
        [Love|I adore|We love] the [templates|template library|new designs]
        Beautiful [templates|designs][, more please| for {audience}| and easy to adapt|]
        The {document} template [is gorgeous|saved me|looks so professional]
        [Great|Amazing] choice of [templates|layouts] [for a {business}|]
        Even I can [make|design] a nice-looking {document} [with these templates|now]
        My [flyer|menu|poster|brochure] looks [like a designer made it|great] thanks to the template
        templates are [modern|clean] and [easy to edit|print well]
        Got compliments for [my|our] {document}, made from a template
        Brand kit plus templates = [perfect|consistent designs]
    """,
    "misses_integration": """
        * needs more integrations
        [Please|You should] [add|build] [an integration|a connector] [for|with] {tool}
        [Would be|It'd be] perfect with a {tool} integration
        [Missing|I miss|Lacks] a connection to {tool}
        No {tool} [integration|plugin] is a [deal breaker|real gap|pity]
        I copy and paste everything into {tool}, [an integration would help|please connect them]
        Needs [better|deeper] integration with {tool}[ and {tool}|]
        The {tool} integration is [too basic|only one way|half-baked]
        integrate with {tool} and [I'm happy|you get five stars]
        Can't use it fully until it [talks|connects] to {tool}
    """,
    "feels_slow": """
        * too slow
        [So|Really|Very] slow [lately|in the evening|on {device}|with long documents]
        [Loading|Waiting for answers] takes [too long|forever]
        The editor [lags|stutters] [when I type|since the update|]
        I spend [more time waiting than writing|minutes watching a spinner every day]
        Speed [must|should] [improve|get better][, otherwise fine|]
        It used to be fast, now [it crawls|every click takes seconds]
        slow slow slow
        Pages take [10|20] seconds to [open|load] on {device}
        [Good|Decent] tool if it weren't so slow
    """,
    "good_support": """
        * great support
        [Support|The support team|The lady from support] was [super helpful|very friendly|\
            excellent]
        [Quick|Fast|Friendly] [answer|help] from support[, problem solved in minutes|, thank you|]
        [Someone|A real human] [answered|helped me] within [ten minutes|an hour]
        Best customer service [I've had in years|of any software]
        My problem was solved [on the first try|the same day] by support
        Thanks to [the support team|your agent] for [their patience|helping with my invoice]
        support: 10/10
        Great chat with [your support|a support agent] on {weekday}
    """,
    "bad_support": """
        * support never answers
        [Support|Customer service] [never replied|ignored me|took {count} days to answer]
        [Still|I am still] waiting for [an answer|a reply] from support [since {since}|on ticket \
            {ticket}|]
        Only [canned|copy-paste] answers from [support|your agents]
        No [human|phone number|live chat] to [talk to|reach] when it matters
        My ticket was closed [without a solution|and nothing was fixed]
        [Horrible|Terrible|Useless] customer service
        Support [sent me in circles|did not read my message|asked the same thing three times]
        The support bot [doesn't understand|loops] and [there is no way out|no human answers]
    """,
    "unstable_app": """
        * crashes all the time
        [The app|It] crashes [several times a day|constantly|on {device}|since {version}]
        Lost [my work|an hour of work|a draft] [because of|after] a crash
        [Buggy|Unstable|Full of bugs] [on {device}|since the last update|]
        [Every update|Version {version}] [breaks something|brings new bugs]
        App freezes [when I scroll|on start|with photos], [not usable|please fix]
        Sync [lost|ate] my document [twice|again]
        bugs bugs bugs
        The mobile app is [a mess|barely usable|way worse than the web]
    """,
    "poor_translation": """
        * translations are bad
        Translations [into|to] {tongue} [are too literal|sound odd|need a lot of work]
        The {tongue} [translation|version] [had errors|was embarrassing|mixed formal and informal]
        My {tongue} [colleague|client] laughed at the translation
        {tongue} is [not usable|weak], [English is fine|other languages are good]
        It translates [names|our slogans|idioms] word by word
        Better {tongue} [support|translation] please
        [Half|Parts] of the text stayed in English when I translated [it|] to {tongue}
        translation quality [is mixed|could be better] for {tongue}
    """,
}
