"""What users say about teams, privacy, wishes, first steps and getting help.

The notation is explained in `phrases`.
"""

TEAM = {
    "invite_teammate": """
        * invite team members
        * add user
        How do I [invite|add] [a colleague|teammates|a new member|{person}] [to my workspace|to \
            the team|]?
        I [want|need] to [add|invite] {count} [people|colleagues|members] [to our workspace|by \
            {deadline}]
        [The|My] invitation [link expired|never arrived|went to the wrong address]
        {person} [did not get|can't open|never received] the invitation[ e-mail| to our workspace|]
        Can I invite [a freelancer|a client|a guest] [to one folder only|without paying for a \
            seat|]?
        [Resend|Cancel|Withdraw] an invitation [to {person}|I sent by mistake|]
        Invite [people|the whole team] by [CSV|link|domain], [possible|how]?
        add [new|another] [teammate|user|member] to [workspace|team]
        How do [we|I] remove a team member [who left|from the workspace]?
        [New hires|Two interns] start {weekday}, how do I [get them in|invite them]?
        "Invitation already used" [when {person} clicks the link|what now]
        How many [people|members|guests] can I invite [on {plan_name}|to one workspace]?
        {person} accepted the invite but [sees an empty workspace|is not in the list|landed in a \
            separate account]
    """,
    "add_seats": """
        * add seats
        * buy more seats
        How do I [add|buy|get] [more|{count} more|extra] seats?
        [We need|I'd like|Please add] {count} [more|additional|extra] [seats|licences][ on our \
            plan| for our team|]
        What does [an extra|one more|each additional] seat cost?
        Can I [remove|reduce|give back] [seats|unused seats|{count} seats] [mid-term|we don't use|]?
        It says [all seats are taken|no seats left|seat limit reached] but [two people left|I \
            removed {person}]
        How many seats [do we have|are we using|come with {plan_name}]?
        Does a [guest|viewer|deactivated user] [count as|use|take up] a seat?
        [Transfer|Reassign|Move] [a|one] [seat|licence] from {person} to [someone else|a new hire]
        more licences [for our team|please|needed by {deadline}]
        Are [added|new] seats [billed right away|prorated|charged from the next month]?
        seat count [wrong|says {seats}, should be {count}]
        We're growing to {seats} [people|users], how do seats work?
        Licence [limit|count] reached, [increase it please|how do I raise it]
    """,
    "permissions": """
        * permissions
        * user roles
        How do I [change|set|edit] [someone's|{person}'s|member] [role|permissions|rights]?
        [Make|Can I make] {person} [an admin|an editor|a viewer|owner of the workspace]
        What permissions does [an editor|a viewer|an admin|a guest] have?
        I [don't have|lack|need] permission to [edit|publish|delete|see] [this document|the folder]
        "No access to this [folder|document|workspace]" [although|but] I'm [an admin|a member]
        Can I [stop|prevent|keep] [people|editors|{person}] from [deleting|publishing|sharing] \
            [documents|things]?
        [Restrict|Limit] [a folder|access] to [the marketing team|managers|{person} and me]
        Our [admin|workspace owner] left [the company|], who can [give me admin rights|take over]?
        [Transfer|Hand over] [ownership|the workspace] to {person}
        read only [access|role] for [clients|{person}|guests]
        Is there [an approval role|a role between editor and admin|a billing-only role]?
        permission denied [when i open a shared folder|on everything since {since}]
        Viewers can [suddenly |]edit [our documents|everything], how come?
    """,
    "share_link": """
        * share link
        * how do i share a document
        How do I share [a document|my design|this|a folder] with [a client|someone outside|people \
            without an account]?
        The [share|public|shared] link [doesn't work|shows 404|asks for a login] [for my client|]
        Can I [password-protect|put an expiry date on|revoke] a [shared|public] link?
        [My client|{person}] [can't open|sees nothing behind|gets an error on] the link I shared
        [Stop|Undo] sharing [a document|my link], [how|where]?
        Share a link [as view only|without download], [possible|how]?
        Who [has opened|can see|viewed] my shared [link|document]?
        share [a draft|folder|design] [with client|by link|outside the team]
        Can [people|clients] with the share link [edit|download|see earlier versions]?
        I shared the wrong [link|document], [how do I revoke it|can I undo that]?
        Embed [a design|my document] [on our website|in Notion] with a link
        Copy link [button|] [gives me a private link|is missing on {device}|does nothing]
        share my {document} with a public link please
    """,
    "comments": """
        * comments
        * how do i comment
        How do I [leave|add|resolve|delete] [a comment|comments] [on a paragraph|in a design|]?
        [Comments|My comments] [don't show up|disappeared|can't be resolved] [on {device}|since \
            {weekday}|]
        Can [clients|guests|viewers] [leave comments|comment] without an account?
        How [do|can] I [mention|tag] {person} in a comment?
        Where do I see all [open|unresolved] comments [in one place|of a document]?
        Can I turn a comment into a [suggestion|task|change] like in [Word|Google Docs]?
        {person} does not see my comments [in the document|until they reload|]
        [Resolved|Old] comments [come back|are still visible|cannot be reopened]
        comment thread [too long|not loading|jumps around]
        Can I export [a document with|all] comments?
        Reply to [a|{person}'s] comment [by e-mail|on {device}], [possible|does nothing]
        Assign a comment [to {person}|as a task]
        see who commented what [in the document|]
    """,
}

PRIVACY = {
    "delete_account": """
        * delete my account
        * delete account
        How [do|can] I delete my account [and all data|permanently|for good|]?
        [Please|I want you to|I'd like to] delete my account [and everything in it|completely|today]
        [Remove|Erase] all [my|our] [data|documents and data|personal information] [from your \
            servers|]
        I want to close my [account|workspace] [for good|and have my data erased]
        What happens to my [data|documents] [when|after] I delete [the account|my account]?
        Is [deleting the account|account deletion] [final|reversible|immediate]?
        The delete account [button|page] [does nothing|asks for a reason forever|errors out]
        I deleted my account [a month ago|in {month}] [and|but] still get [your e-mails|mails]
        right to be forgotten, [please delete everything|how do I use it]
        How long do you keep [deleted|my] data after [I close my account|deletion]?
        delete [account of {person}|a workspace] [permanently|with all files]
        Confirm [in writing|by e-mail] that my [data|account] has been [deleted|erased]
        Deactivate [or delete|my account], which one [removes my data|is permanent]?
    """,
    "gdpr": """
        * gdpr
        * dpa
        Are you [GDPR|DSGVO] compliant?
        [Can|Could] [we|you] [sign|send us] a [data processing agreement|DPA]?
        Where [is [our|my] data|are [our|my] documents] [stored|hosted]?[ In the EU or in the US?|]
        Do you [store|host] [data|customer data] in [the EU|Germany|Frankfurt|Europe]?
        [Who has access to|Which subprocessors handle|Who processes] [our|my] [data|personal data]?
        Our [data protection officer|legal team|works council] [needs|wants] [your DPA|a list of \
            subprocessors|the technical measures]
        Are you [SOC 2|ISO 27001|HIPAA] [certified|compliant]?
        Is [my data|our content] encrypted [at rest|in transit|on your servers]?
        [I'd like|Please send me] a copy of all [personal |]data you [hold|have] about me
        gdpr [data request|subject access request|compliance documents]
        Can we choose [the region|where our data is stored|EU hosting only]?
        Data residency for [Germany|Switzerland|the EU], [is it available|on which plan]?
        [How long|Why] do you keep [logs|IP addresses|personal data]?
        privacy policy says [third parties|"partners"], [who is that|please explain]
        Do you have a security [whitepaper|questionnaire|overview] for [our IT|procurement]?
    """,
    "ai_training": """
        * do you train on my data
        Do you [train|improve] [your AI|AI models|the model] [on|with] [my|our] [texts|data \
            |documents]?
        [Is my text|Are our documents|Is what I write here] used [for training|to train AI|to \
            improve \
            models]?
        How do I opt out of [AI training|model training|having my texts used for training]?
        [Does OpenAI|Does a third party|Do other companies] [see|get|read] [what I type|my prompts \
            |our \
            texts]?
        I [don't want|do not allow] my [writing|novel|client texts] [to be used for|in] [AI \
            training \
            |training data]
        Can [your staff|employees|other users] read [my documents|what I write|my prompts]?
        Is what I write [confidential|private|kept secret]?
        [Can|May] I paste [confidential|client|medical|customer] [data|information|texts] [in here \
            |into the assistant]?
        Are prompts [stored|logged|saved]? [For how long|And who can see them]?
        opt out [training|ai training]
        which AI model [do you use|is behind this] and does it learn from [us|my input]?
        Our NDA forbids [AI training|sharing texts with AI vendors], [are we safe here|can you \
            confirm]?
        turn off [data sharing|learning from my texts]
    """,
    "data_download": """
        * download all my data
        * backup
        How do I [download|export|back up] [everything|all my data|all my documents] [at once|]?
        I need [a backup|a full copy|an archive] of [our workspace|all documents|my account]
        [Can|Could] I get [all my files|the entire workspace] as [a zip|one archive|JSON]?
        Do you [make|keep] backups [of my documents|every day|]?
        We're [switching|moving] to another tool, how do we export all our [data|documents]?
        [Automatic|Weekly|Nightly] backup [to Google Drive|to our server|of the workspace]
        The backup archive of my documents [is incomplete|never arrives|misses the images]
        export entire [workspace|account][ with folders|]
        Before I [leave|cancel]: how do I save all my [documents|templates|images] to my computer?
        Full [workspace |]backup with [images and comments|version history], [possible|how]
        bulk download of [200 documents|all folders|every design]
        How do I move [everything|all documents] to [another|a second] workspace?
    """,
}

WISHES = {
    "dark_mode": """
        * dark mode
        * can you add dark mode
        [Can|Could] you [please |]add [dark mode|a dark theme|a night mode]?
        [Is there|Do you have|When do we get] [a dark mode|a dark theme|dark mode] [on {device}|]?
        My eyes hurt [at night|after an hour], [please add|we need] a dark [mode|theme]
        Dark [mode|theme] [makes text unreadable|has white flashes|forgets my choice] on {device}
        How do I [turn on|switch to|enable] dark mode [on {device}|in the editor|]?
        White background is [too bright|blinding] [at night|on {device}], dark mode please
        [Would love|I wish there was|+1 for] [a dark mode|dark mode|a proper dark theme]
        dark theme [please|when?|for the editor]
        The [app|web version] has dark mode, why not [the web|the phone app]?
        Can dark mode follow [the system setting|sunset]?
        Every [other tool|app] has a dark mode[, why not Inkwell|]
        [black|dark] [background|screen] option?
        High contrast or dark [theme|colours] for [bad eyes|low vision]
    """,
    "content_calendar": """
        * content calendar
        * schedule posts
        Can I [schedule|plan|queue] [posts|articles|publishing] [for later|for next week|in \
            advance]?
        [Is there|Please add|We'd love] [a content|an editorial|a publishing] calendar
        Schedule [this|my post|the article] for {weekday} [at 9|morning|]
        A calendar [view|page] where [the team sees|we see] what is published when
        It would be great to [plan|drag] [posts|drafts] [in|on] a calendar
        [Due dates|Deadlines|Reminders] for drafts in a calendar, [planned|is that on the roadmap]?
        Scheduled [post|article] [was not published|went out twice|appeared at the wrong hour]
        sync the [content|editorial] calendar with [Google Calendar|Outlook]
        How do I [change|cancel|move] a scheduled [post|publication]?
        publish [automatically|every {weekday}|at a set time]
        Time zone of [scheduled posts|the calendar] is [wrong|off by two hours]
        Recurring [posts|slots] in the calendar, [possible|please]
        plan [a month|{count} weeks] of posts in a calendar
    """,
}

FIRST_STEPS = {
    "getting_started": """
        * getting started
        * how does this work
        * help
        [How|Where] do I [start|begin|get started]?
        I'm [new|new here|a beginner], [what should I do first|how does it work|where do I begin]?
        [Is there|Do you have] [a tutorial|a beginner's guide|a video course|a tour] [for \
            newcomers|]?
        [Just|I just] signed up, [how do I get started|show me around|where do I begin]
        I'm new, what can [Inkwell|this assistant] do [for me|]?
        Show me [around|the basics|how to make my first document]
        I'm new and skipped the [tour|introduction|tutorial], can I see it again?
        How do I create my first [document|project|design]?
        explain how [this|inkwell|the assistant] works for beginners
        [Any|Are there] [webinars|training videos|onboarding sessions] for [beginners|new teams]?
        Beginner question: what is a [project and what is a folder|workspace]?
        I have no idea [how to use this|what I'm doing], [help|a quick intro please]
        first steps for [beginners|a new team|someone who never did this]?
    """,
    "import_documents": """
        * import documents
        * import from word
        How do I [import|bring in|upload] [my old documents|Word files|a folder of PDFs|posts from \
            {tool}]?
        Can I import from [Google Docs|Notion|Evernote|Word|Medium|Canva]?
        [Import|Upload] [fails|stops|hangs] [at 50%|with big files|for {count} of my files]
        The import [lost my images|broke the formatting|put everything in one folder]
        I have [300|about 50|a thousand] [documents|articles] in [Notion|Google Docs|Word], how \
            do I \
            move them here?
        Which file [types|formats] can I [import|upload]?
        [Max|Maximum] file size for [imports|importing documents]?
        import [a pdf|docx|old files] into inkwell[ to edit|]
        Migrate [from Notion|from Google Docs|from Canva] to Inkwell, [is there a tool|how long \
            does \
            it take]?
        Imported [documents|files] [show strange characters|are empty|cannot be edited]
        "File type not supported" [when importing .odt|for my .pages file|but it's a normal docx]
        drag and drop [upload|import] [doesn't work|on {device}]
        Bulk import [with folders|from a zip|by API] [possible|please]?
    """,
    "talk_to_sales": """
        * book a demo
        * contact sales
        [Can|Could] we [book|schedule|get] a [demo|call|meeting] with [sales|your sales team \
            |someone]?
        I'd like [a demo|to talk to sales|a live demo for our team] [about Enterprise|next week|]
        Who is [our account manager|my contact in sales]?
        We're evaluating tools for {seats} [people|users] and want [a demo|to speak to someone]
        [Enterprise|Company-wide] [contract|agreement|offer], whom do we [talk to|contact]?
        Procurement [needs|asks for] [a vendor form|an offer|a contact person] [from your sales|]
        sales [contact|phone number|email]?
        Are you free for a [15|30] minute demo on {weekday}?
        [Nobody|No one] from sales [called back|replied] [since {since}|]
        [Partner|Reseller|Affiliate] programme, who do I [talk to|contact]?
        demo for [my team|the whole team|our management] please
        A colleague of yours promised us [a demo|an offer] [in {month}|last week]
        We would need a [custom contract|framework agreement] for {company}
    """,
    "contact_support": """
        * contact support
        * talk to a human
        * human please
        * support
        I [want|need|would like] to [talk|speak] to a [human|real person|support agent]
        [How|Where] [do|can] I [contact|reach|call] [support|customer service|your support team]?
        [Can|Could] [someone from support|a human agent|a real person] [help me|look at this|call \
            me back]?
        [Open|Please open|How do I open] a [support |]ticket
        I [wrote to|contacted|e-mailed] support {count} days ago [and|but] [nobody answers|no \
            reply|still waiting]
        Is there a [phone number|hotline|support e-mail|live chat]?
        [This bot|You] can't help me, [get me a human|I want a person]
        [connect me|forward me|put me through] to [an agent|support|a person][ please|]
        When can I reach your support team?[ Opening hours?|]
        Ticket #{ticket} [is still open|was closed without a fix|any news]
        Your [support team|customer service] [never answers|closed my ticket]
        Please escalate [this to support|my ticket|my support case]
        [support agent|human|representative][!| now| please]
        Can I have [the e-mail address|a phone number] of your support [team|]?
    """,
}
