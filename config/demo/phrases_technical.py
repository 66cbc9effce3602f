"""What users say about integrations, exports, bugs and the mobile apps; notation in `phrases`."""

INTEGRATIONS = {
    "integration_failing": """
        * integration failing
        * integration not working
        * integration stopped working
        [The|Our|My] {tool} integration [stopped working|is failing|is broken|keeps failing]
        {tool} integration [fails|broke|is down] [since {since}|since the update|every few hours]
        [Nothing|No document] [syncs|is synced] [to|from|with] {tool} [any more|since {since}]
        The connection to {tool} [drops|breaks|needs reconnecting] [every day|all the \
            time|after an hour]
        {tool} says "[connection expired|authorisation failed|access revoked]"[, how do I fix the \
            integration| when syncing|]
        I [reconnected|re-authorised|removed and added] {tool} {count} times and the integration \
            [still fails|still does not sync]
        Why did the {tool} [connection|sync|integration] stop?
        [Disconnected|It disconnects] from {tool} [by itself|again|overnight]
        Integration [error|problem|trouble] [with|on] {tool}, [any known issue|please look|nothing \
            gets through]
        The {tool} sync is stuck [at 0%|on "pending"|since this morning]
        {tool} sync creates [duplicates|empty documents|everything twice]
        the integration with {tool} worked [yesterday|last week] and now [it doesn't|nothing \
            arrives]
        [Hello support,|Hi,] our {tool} integration has been failing [since {since}|for two \
            days]. \
            Two of us tried to reconnect it. [Could you check your side|What can we do]?
    """,
    "connect_tool": """
        * integrations
        * connect slack
        How do I connect {tool} [to Inkwell|with my workspace|]?
        Do you [integrate|work|connect] with {tool}?
        Is there [an integration|a plugin|an add-on|a connector] for {tool}?
        [Can|Could] I [publish|send|push] [straight|directly] [to|into] {tool} [from the editor|]?
        Which [tools|apps|integrations] [do you support|can I connect|are available]?
        [Want|I'd like|We want] to [link|connect|hook up] {tool} [and {tool}|with Inkwell|to our \
            workspace]
        Where [is|do I find] the {tool} [add-on|plugin|connector|app]?
        Does the {tool} [connection|integration] work [both ways|for several accounts]?
        set up {tool} [integration|connection|plugin]
        I'd love to [see|have] [an integration|a connection] with {tool}
        [What can|What does] the {tool} integration [do|actually do]?
        Can we connect two {tool} accounts [to one workspace|at the same time]?
        [Step by step|Instructions|Guide] for [connecting|linking] {tool} please
        How do I link {tool} so that new drafts are posted there?
    """,
    "api_errors": """
        * getting 500 errors
        * api not responding
        * api down?
        The API [returns|gives|answers|throws] [500|502|503|504] [errors|on every call|since \
            {weekday}|for /v2/documents]
        [Getting|We get|I'm getting] [500s|502 errors|504 timeouts|{http} responses] from \
            [the API|your API|POST /v2/generate]
        API [calls|requests] [time out|hang|fail] [after 30 seconds|randomly|about half of the time]
        Your API is [not responding|down|very slow|unreachable][ from {country}| right now|]
        Every API request [fails|comes back] with [{http}|"internal server error"|an empty body]
        {http} [from|on] [/v2/generate|/v2/exports|the documents endpoint], [what is wrong|my \
            payload is the same as last week|body attached]
        [Since {weekday}|After your last release] our [API client|backend|cron job] [gets {http} \
            |sees \
            nothing but 5xx|cannot reach the API]
        The API response [is not valid JSON|misses the "text" field|changed without notice]
        api [timeout|error] {http}[ again| since {since}|, anyone else?]
        [Is|Was] there a [breaking change|change] in the API? [We|Our scripts] [get|see] {http}
        curl to your API [hangs|ends with connection reset|gives {http}]
        API error rate [went|is] up to {percent} [since {since}|in the last hour] on our side
        Errors from the API when [generating|exporting|listing] documents, request id [in \
            headers|attached], status {http}
    """,
    "api_keys": """
        * api key
        * where is my api key
        Where [do|can] I [find|get|create|see] [my|an] API key?
        How [do|can] I [rotate|revoke|regenerate|renew] [our|my|an] API key?
        My API key [is rejected|stopped working|returns 401|is "invalid"]
        I [leaked|accidentally committed|posted] our API key [on GitHub|in a public repo], [what \
            now|please disable it]
        Do you have [API docs|an API|a REST API|a Python client]?
        How do I [authenticate|send the token] [with|against] the API? [Header or query \
            parameter|Bearer or X-API-Key]?
        Can I [limit|restrict] an API key to [one workspace|read only|certain IPs]?
        [Separate|Different] API keys for [staging and production|each developer|each client]?
        401 unauthorized with a [fresh|brand new|valid] API key
        api [documentation|reference|docs][?| link please| for v2]
        Is there an API [SDK|client library|example] for [Python|Node|PHP|Ruby|Go]?
        Does the API key expire[?| after some time?| when {person} leaves?]
        I can't see the API [tab|section|page] in settings, [am I missing a permission|do I need \
            {plan_name}]?
    """,
    "webhooks": """
        * webhooks
        * webhook not firing
        [My|Our|The] webhook [does not fire|isn't called|stopped firing] [when a document is \
            published|on export|since {since}]
        How do I [set up|register|add|test] a webhook?
        Do you have webhooks for [published documents|new comments|finished exports|approvals]?
        Webhook [deliveries|calls|events] arrive [twice|late|out of order|hours later]
        How [do|can] I verify the webhook [signature|secret|payload]?
        The webhook payload [is empty|has no document id|changed its shape]
        Do you retry [failed webhooks|a webhook|when our endpoint is down]?
        Webhook [fails|shows failed] with [timeout|SSL error|{http}] but our [server|endpoint] is up
        Where can I see [a log of webhook deliveries|which webhooks failed|past webhook calls]?
        webhook signature [mismatch|is always wrong|does not match]
        Can one webhook [go to|notify] two [URLs|endpoints]?
        Which IP addresses do your webhooks come from? [Our firewall blocks them|]
        no webhook [event|call] when {person} [approves|publishes|renames] a document
    """,
    "status_page": """
        * status page
        * is inkwell down
        * are you down right now
        Is [Inkwell|the service|your site|everything] down [right now|for everybody|in {country}]?
        Do you have a status page[?| I can subscribe to?| with incident history?]
        [Where|How] can I [see|check] [the current status|whether there is an outage|incidents]?
        Is there [an outage|an incident|maintenance] [going on|right now|today]?
        When will [the outage|this incident|it] be [over|fixed|resolved]? [Any ETA|]
        [Your|The] status page says [all green|operational] but [nothing works|it's clearly down]
        [outage|downtime] [today|again|since {since}]?
        What [caused|was behind] the outage [on {weekday}|last week|this morning]?
        Can I subscribe to [outages|incidents|maintenance] on the status page?
        [Planned|Scheduled] maintenance [this weekend|on {weekday}]? [When exactly|How long]?
        Where do you publish [uptime numbers|incident reports] after an outage?
        Is it just me or is the [whole service|site] down?
        What uptime do you [guarantee|promise] [in the SLA|on {plan_name}]?
    """,
}

EXPORTS = {
    "export_pdf": """
        * export to pdf
        * save as pdf
        * export pdf
        How [do|can] I [export|save|download] [this|my document|a design] as [a |]PDF?
        [Where is|I can't find] the PDF [export|download] [button|option][ on {device}|]
        The PDF [looks different|has wrong fonts|cuts off the last line|has a blank page at the end]
        Can I [export|save] [several|all|three] documents into one PDF?
        PDF [export|download] with [page numbers|clickable links|a table of contents|our logo]
        [Links|Fonts|Page breaks|Margins] [are broken|get lost|are off] in the [exported |]PDF
        Is it possible to [password-protect|compress|flatten] the PDF[ export|]?
        need this {document} as pdf [before|by] {deadline}
        Turn [my|this] {document} into a PDF [please|for printing|with A4 pages]
        My PDF is [40 MB|huge|far too big for e-mail], can I [make it smaller|compress it]?
        PDF in [landscape|A5|letter size], [how|is that possible]?
        Exported PDF [shows boxes instead of|replaces] [emoji|Polish letters|special characters]
        [download as pdf without watermark|pdf download has a watermark]
        Export as PDF/A for [archiving|our records], do you have that?
    """,
    "export_word": """
        * export to word
        * download as docx
        How do I [export|download|save] [my document|this|a draft] [to|as] [Word|a Word file|docx]?
        The Word [export|file] [loses|messes up|ignores] [the headings|my tables|all bullet \
            lists|the images]
        Can I [open|edit] [my|an Inkwell] [documents|draft] in [Microsoft Word|Google Docs|Pages]?
        [docx|Word file] [opens with an error|is corrupted|is empty] [in Office|on a Mac|]
        [Tracked changes|Comments|Footnotes] are [gone|missing] in the [docx|Word] export
        My [editor|client|boss] [insists on|only takes|wants] Word files, [how do I export|can \
            Inkwell do docx]?
        [Markdown|HTML|plain text] [export|download]? [I don't want Word|]
        Can [I|we] export [drafts|documents] to [Google Docs|OneNote|Markdown]?
        word document please, not pdf
        Formatting [breaks|falls apart|is lost] when I [open the docx|copy it into Word]
        Heading styles [are lost|turn into bold text] in the Word export
        Export to docx with [our|the company] [letterhead|styles|font]
        How do I copy the text [to|into] [Word|Google Docs] without [the grey background|losing \
            formatting]?
    """,
    "export_quality": """
        * blurry export
        * export higher resolution
        [The|My] exported [image|PNG|JPG] [is|looks] [blurry|pixelated|fuzzy|low quality]
        How do I [export|download|save] [in|at] [higher resolution|300 dpi|4K|print quality]?
        [PNG|JPG|SVG] export [looks washed out|has wrong colours|is only 72 dpi|has jagged edges]
        The [print shop|printer] [needs|asks for] [CMYK|300 dpi|bleed and crop marks|vector files]
        Can I export [a vector image|a transparent PNG|a larger PNG] in better quality?
        Transparent background [turns black|turns white|is lost] in the [PNG|export]
        [Colours|Reds|Gradients] [look|are] [dull|different|banded] [in the exported file|after \
            export|in print]
        My [poster|flyer|banner|business card] came [out|back] [blurry|pixelated] [from the print \
            shop|when printed]
        what [resolution|dpi] do you export [in|at]
        Image [export|download] [is too small|only {count}00 pixels wide], I need it [larger|bigger]
        Need print quality export with bleed for [a flyer|a brochure|business cards]
        video export is [grainy|only 720p|choppy]
        Export quality on {device} is [worse than on the web|bad|poor]
    """,
    "export_stuck": """
        * export failed
        * export stuck
        [My|The] export [is stuck|hangs|stops] at [99%|87%|0%|"preparing"]
        Export [fails|failed|keeps failing] [with no message|every time|after ten minutes|on \
            {device}]
        The download [never starts|does not start|ends after a second] [when I export|]
        [I've been waiting|Waiting] [an hour|since noon|twenty minutes] for [an|my] export to finish
        Exporting [a long document|60 pages|my {document}] [times out|crashes|gives an error]
        "Export could not be completed" [again|for all files|, what does it mean]
        Export [queue|progress] [doesn't move|not moving|shows pending] [since {since}|for hours]
        The exported [file|zip] is [empty|0 KB|damaged|missing half of the pages]
        I get [no e-mail|no link] when the export is [done|ready]
        export button [does nothing|is grey|disappeared][ on {device}|]
        Why does exporting take [so long|forever|an hour]?
        [Tried|I tried] [exporting|to export] {count} times, [always the same error|never finishes]
        Bulk export of [200|all our|my] documents [stops halfway|fails], [smaller ones work|help]
    """,
}

BUGS = {
    "slow": """
        * slow
        * why is it so slow
        * very slow today
        [Inkwell|The editor|Everything|The app] is [so|really|painfully|incredibly] slow [today \
            |lately|since the update|on {device}]
        Why [is [the editor|it|typing] so slow|does [the editor|it|typing] lag so much]?
        Typing [lags|is delayed|takes seconds to appear] [in long documents|on {device}|]
        [Documents|Pages|My folders] take [ages|30 seconds|forever] to [load|open]
        [Generating|Writing|An answer] takes [forever|a minute|ages] [now|since {since}]
        [Scrolling|Dragging|Zooming] is [choppy|laggy|jerky] [on {device}|with big designs]
        Long loading times [in the morning|every day around noon|since {since}]
        So slow that my laptop fan [goes crazy|spins up] [when|as soon as] I open [a design|Inkwell]
        the answer [appears|comes] word by word, super [slow|slowly] today
        Performance [got worse|is terrible|dropped] [since the last update|this week|on {device}]
        It took [two|three|five] minutes to [open my {document}|load the dashboard]
        laggy on {device}
        How can I [speed it up|make it faster]? [My documents have 80 pages|Old laptop here]
        Is it slow for everyone [or just me|today]?
    """,
    "crash": """
        * app crashes
        * keeps crashing
        [The app|Inkwell|It] [crashes|keeps crashing|closes itself] [on {device}|when I open a \
            design|as soon as it starts|after a few seconds]
        Crash [when|whenever] I [upload a photo|paste a table|rotate the screen|open the camera]
        [Crashed|It crashed] {count} times [today|in an hour|this morning]
        App [freezes|hangs] [and I have to restart|then closes|on the start screen] on {device}
        Since [the update|version {version}] the app [won't open|crashes at launch|dies instantly]
        The [page|browser tab|window] crashes with "[out of memory|Aw, snap|script error]"
        Force close [every time|again] [on {device}|after the update]
        [Reinstalled|Restarted|Updated] and it still crashes[ on {device}|]
        crashing [constantly|nonstop|every 5 minutes] since {version}
        I sent {count} crash reports [already|this week], [did you get them|any news]?
        Crashes when two of us [type|edit] at once
        It crashed [right before|in the middle of] [a client call|a presentation], [not funny \
            |please \
            fix this]
        unexpected error, the app has to close
    """,
    "lost_work": """
        * my document disappeared
        * lost my work
        [My|The] {paper} [disappeared|is gone|vanished] [overnight|after the crash|from the \
            dashboard]
        I lost [two hours|a whole day|an hour] of work[ because it did not save| just now|]
        [Autosave|It|The editor] did not save my [changes|last edits|text]
        Can [you|I] [restore|recover|get back] [a deleted|an overwritten|yesterday's] \
            [document|version|draft]?
        I deleted [a folder|my {paper}|the wrong document] by [mistake|accident], [how do I get \
            it back|is there a trash]?
        {person} overwrote my [text|draft|changes], can I go back to the [old|previous] version?
        Where is the [version history|trash with deleted documents|list of old versions]?
        [All|Half of] my [drafts|documents|folders] are [gone|missing] since [the update|{weekday}]
        recover [deleted|unsaved] [document|draft|file]
        The document is [empty|blank|back to an old version] [when I open it|this morning]
        My edits on {device} [never show up|got lost] when I open it [elsewhere|on my laptop]
        How far back does version history go [on {plan_name}|]?
        "Unsaved changes were discarded"? [Seriously, I need that text|Why? Can you bring it back?]
        Please tell me you have a backup, my {paper} is gone [and it's due tomorrow|and the \
            deadline is tonight|!!]
    """,
    "bad_output": """
        * wrong answer
        * ai makes things up
        The [AI|assistant|text] [made things up|invented facts|quoted a study that does not exist]
        The AI [text|answer] is [not what I asked for|wrong|nonsense|far too generic]
        Why does [the AI|the assistant] [ignore|forget] my [instructions|word limit|style guide]?
        It [repeats|keeps repeating] the same [sentence|paragraph|phrases][ over and over|]
        The AI [result|answer|text] sounds [robotic|like a machine|generic|fake]
        AI answer [is cut off|is incomplete|stops mid-sentence] [again|at 500 words|]
        [You|It] got [the date|our product name|the numbers|the facts] wrong[ again|]
        The AI answers got [worse|less accurate] since [{since}|the new model]
        The sources the AI [cites|gives] [are fake|don't exist|lead nowhere]
        The AI answer is in [English|the wrong language], my question was not
        how do i stop it from [making things up|using the word delve|adding emojis|hallucinating]
        Can I trust [the facts|these numbers|the quotes] [it gives me|in the text]?
        [I asked for|Asked for] 300 words and [got|it gave me] [900|80]
        try again, this [misses the point|is worse than before|has nothing to do with my topic]
    """,
    "classic_editor": """
        * classic editor
        * old editor
        Can I [go back|switch back|return] to the [classic|old] editor?
        [Where|How] do I [turn on|find|enable] the classic editor?
        I [prefer|liked|miss] the [classic|old] editor [much more|, please bring it back|]
        When will the classic editor [be switched off|end|go away|retire]?
        The new editor [hides|lacks|moved] [the toolbar|my shortcuts|the word count], can I have \
            the [old|classic] one?
        How do I [move|convert|migrate] [my|old] documents from the classic editor to the new one?
        Please [keep|don't remove] the classic editor[ for a while|, the new one is confusing|]
        Classic editor [documents|drafts] [look broken|lose their layout] in the new editor
        give me the old editor back
        What [changes|is different] between the [classic|old] editor and the new one?
        The banner says classic editor [retires|ends] soon, [what happens to my files|do I have to \
            do something]?
        My [macros|snippets|templates] only work in the classic editor
        switch to [classic|old] editor on {device}?
    """,
}

MOBILE = {
    "offline_mode": """
        * offline mode
        * can i use it offline
        [Can I use it|Does Inkwell work|Does the app work] [offline|without internet|on a plane]?
        How do I [make|mark] a document [available offline|for offline use]?
        Offline [edits|changes] [are not synced|got lost|never sync] [on {device}|when I'm back \
            online|]
        [The app|It] [says|shows] "you are offline" [although|but] [the wifi is fine|I have signal]
        I [travel|commute|work on trains] a lot, is there an offline mode?
        Offline mode [stopped working|shows an empty list|won't open files] on {device}
        [Write|Edit|Read] [documents|drafts] without [internet|a connection|wifi] on {device}
        No [internet|reception] [on the train|at the cabin|in the subway], can I still [write|edit]?
        sync after [being offline|a flight] [does nothing|takes hours|creates two copies]
        Does [offline mode|working offline] need {plan_name}?
        How much [space|storage] do offline documents take [on {device}|]?
        Conflict copy after working offline, [which one is right|how do I merge them]?
        keep documents offline [on the phone|for a flight]
    """,
    "push_notifications": """
        * notifications
        * turn off notifications
        How do I [turn off|mute|stop|disable] [push |][notifications|all these notifications]?
        I get [no|way too many|the same] [notifications|push messages|alerts] [on {device}|]
        Notifications [don't arrive|arrive hours late|stopped] [since the update|on {device}|]
        Can I [only get notifications for|limit notifications to] [mentions|my own documents \
            |approvals]?
        [Mute|Silence] notifications [at night|at weekends|while I present]
        The app [buzzes|pings] me [at 3 am|every minute|all day] with notifications
        No alert when [someone mentions me|{person} comments|a draft is approved]
        notification badge [stays at 1|won't go away|shows 99] on {device}
        Can I get notifications [by e-mail|in Slack] instead of on my phone?
        Notification settings [reset themselves|do not save|are missing] on {device}
        [Weekly|Daily] summary instead of single notifications, [possible|please]?
        stop sending me push [messages|notifications]
        Where are the notification settings [in the app|on {device}|]?
    """,
    "voice_dictation": """
        * voice input
        * dictation
        Can I [dictate|talk|speak] instead of typing?
        [Voice input|Dictation|Speech to text] [stops after a few seconds|doesn't work|mishears \
            everything] on {device}
        How do I [turn on|use|start] [voice input|dictation|voice typing] on {device}?
        Does dictation [understand|support] [German|Spanish|French|accents|punctuation]?
        I'd like to [record a voice memo|dictate in the car|talk my draft in] and get text
        The microphone [button|icon] is [gone|greyed out|missing] [on {device}|]
        Turn [a voice memo|my recording|an audio file] into [text|a draft]
        [Microphone|Mic] permission [is on|granted] but voice input [hears nothing|stays silent]
        voice typing accuracy [is poor|needs work|got worse]
        Can it transcribe [an interview|a meeting|a podcast]?
        Dictation [inserts|writes] [commas everywhere|no punctuation|everything twice]
        speech to text for [long notes|meetings], [is it coming|how long can I record]
        Read my text aloud [please|, can it do that]?
    """,
}
