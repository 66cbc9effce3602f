"""What users ask the assistant to write or design. The notation is explained in `phrases`."""

DESIGN = {
    "find_template": """
        * templates
        * show me templates
        Do you have [a template|templates] for a {document}?
        [Where|How] do I find [more templates|the template library|templates for a {document}]?
        I [need|am looking for|want] a [good|simple|modern|clean] template for [my|a] {document}
        Would love to see [more templates|templates for {audience}|seasonal templates]
        [Show|Suggest|Recommend] [me |][a template|some templates] for [a|my] {document}
        Any [free|minimal|colourful] templates for a {document}?
        The template [gallery|library] [is empty|won't load|shows only five]
        [Which|What] template [fits|works for|would you use for] [a|my] {document} for {audience}?
        {document} template[ please|?| for {audience}]
        Can I [browse|filter] the templates by [colour|industry|{document}]?
        Your templates [look dated|all look the same|are great, more please]
        Which template should I start from[ for a {document}| instead of a blank page]?
        more templates for {audience}[ please|!|]
        Is there a template [gallery|pack] made for {audience}?
    """,
    "custom_template": """
        * save as template
        * create my own template
        How [do|can] I save [my design|this document|my {document}] as a template?
        Can I [create|make|build] [my own|custom|reusable] templates?
        [Share|Publish] [a|my] template with [the team|{person}|my whole company]
        I want to [lock|protect] [parts|the logo|the header] of [a|our] template [so nobody moves \
            it|]
        [Edit|Change|Update] a template without changing [documents made from it|old \
            files]
        How do I [delete|rename|duplicate] [a custom template|one of my templates]?
        Can templates have [placeholders|variables|fields] [like the client name|to fill in|]?
        My custom template [lost its fonts|is not visible to {person}|disappeared from the list]
        turn this [design|document] into a template
        Upload [our own|a PowerPoint|an existing Word] template, [how|is it possible]?
        Team template folder, [where do I make one|who can edit it]?
        We'd like [a|one] company template for every {document}, how do we [set it up|make it \
            the default]?
        make my template the default for new documents
    """,
    "brand_kit": """
        * brand kit
        * add brand colors
        How do I [set up|create|add|edit] [a|our] brand kit?
        Where can I [upload|add|put] [our logo and colours|brand fonts|our corporate colours]?
        [Can|How do] I upload [my own fonts|a custom font|our company font]?
        Our brand [colours|fonts] [don't show up|are wrong|aren't applied] in new designs
        Apply [our|the] brand [colours|kit|style] to [this design|all slides|my {document}]
        Can we have [two|several] brand kits [for different clients|in one workspace]?
        The brand kit [hex code|colour|blue] [changes|is off] when I [export|apply it]
        [I'm an agency|We manage ten clients], how do we keep brand kits [apart|separate per \
            client]?
        use our brand voice [and colours|] [in|for] everything
        How do I make Inkwell [use|follow|stick to] our [brand voice|style guide|tone guidelines]?
        Custom font [upload fails|not supported|missing on {device}]
        brand [fonts|colours|logo] setup
        [Lock|Restrict] colours to our brand palette [for everybody|for {person}|]
    """,
    "logo_design": """
        * make a logo
        * logo
        [Design|Make|Create] a logo for [my|a] {business}
        I [need|want] a [simple|modern|playful|vintage] logo for [my|our] {business}
        Can [you|Inkwell] [design|make|generate] logos?
        [Give|Show] me [three|five|some] logo ideas for [a|my] {business} [called {company}|]
        Logo [with|using] [a fox|a leaf|our initials|a mountain] for {company}
        Make the logo [rounder|blue instead of red|less busy|work on dark backgrounds]
        Can I [trademark|register|sell things with] a logo [made here|from Inkwell]?
        I need the logo as [a vector|SVG|a favicon|a round avatar]
        [Vectorise|Redraw|Clean up] my [old|hand-drawn] logo
        logo ideas for {company}, [something minimal|no clip art please|maybe green]
        new logo for a {business}, [flat style|two colours|black and white]
        A wordmark for "{company}" in a [serif|handwritten|bold] style
        logo maker for [my|a] {business}?
    """,
    "make_slides": """
        * make a presentation
        * pitch deck
        [Create|Make|Build] a [presentation|slide deck|pitch deck] [about|on] {topic}
        Turn [this document|my notes|the {paper}] into [slides|a presentation|ten slides]
        I need [a pitch deck|slides|a {slides}-slide presentation] [for investors|for {audience} \
            |by \
            {deadline}]
        [Shorten|Cut] the [deck|presentation] to {slides} slides
        Add [speaker notes|a chart|animations] to [my presentation|the deck|slide 3]
        Can I [export|open] the [slides|deck|presentation] [to|in] [PowerPoint|Google Slides \
            |Keynote]?
        How do I [present|show] my slides [full screen|from my phone|with a timer]?
        The slides [overlap|are too full|all look the same], [fix the layout|make them cleaner]
        {slides} slides on {topic} for {audience}
        Make slide [two|four|five] [less crowded|more visual|a comparison]
        Slides for [a board meeting|a client meeting|a webinar|class] about {topic}
        deck on {topic}, [max {slides} slides|lots of pictures|keep it simple]
        presentation outline on {topic}, one line per slide
    """,
    "generate_image": """
        * generate an image
        * create a picture
        [Generate|Create|Make|Draw] [an image|a picture|an illustration] of {scene}
        I need [a hero image|an illustration|a header picture] [showing|of] {scene}
        [Picture|Image|Illustration] of {scene}, [flat style|watercolour|photo-realistic|line art]
        Can you [make|generate] [images|pictures|photos] [too|as well|for my article]?
        The [generated |]image has [six fingers|garbled text|a strange face|the wrong colours]
        [Same|Again the same] image but [at night|without people|in blue|with more space on top]
        Make the [picture|image] [brighter|less cartoonish|wider|more realistic]
        Who owns the [images|pictures] [the AI makes|I generate here]?
        picture of {scene}, [wide format|square|as a header]
        please draw {scene} for [our newsletter|a children's book|the website]
        image of {scene} in [our brand colours|pastel tones|the style of a woodcut]
        Create {count} [variations|versions] of [this picture|the last image]
        A [cartoon|sketch|photo] of {scene}, [no text in it|friendly mood|please]
    """,
    "edit_photo": """
        * remove background
        * resize image
        [Remove|Cut out|Delete] the background [of|from] [this|my] [photo|picture|product photo]
        How do I [remove the background|crop a photo|blur a face|resize a picture]?
        [Resize|Crop] [this|my design|the picture] [for Instagram|for LinkedIn|to 1080x1080|for a \
            story]
        The background remover [leaves a halo|cuts off hair|eats half of the product]
        [Erase|Take out] the [person|text|shadow|car] in the [background|photo]
        Can I [batch resize|crop many|edit several] [photos|pictures] [at once|]?
        Make the photo [sharper|brighter|black and white|less yellow]
        [Upscale|Enlarge|Sharpen] [an old|a small|this] photo
        [Magic resize|Resize] [puts text outside the frame|breaks my layout|distorts the logo]
        change background to [white|a beach|our brand blue]
        Product photo on white background please, [the shop needs it|{count} of them]
        What size should [a LinkedIn banner|an Instagram post|a YouTube thumbnail] be?
        crop to [a circle|square|16:9]
    """,
}

WRITING = {
    "blog_post": """
        * write a blog post
        * blog post
        * write a blog post about AI
        [Write|Draft|Create] [me |][a blog post|a blog article|an article] [about|on] {topic}
        I need [a blog post|an article|a {words}-word article] [about|on] {topic} for {audience}
        [Can|Could] you [write|draft|start] [a blog post|an article for our blog] on {topic}?
        Blog [post|article] [about|on] {topic}, [{words} words|friendly tone|for beginners|with \
            examples]
        Help me [write|outline|start] [a|my next] blog post about {topic}
        {words} words on {topic} for [our|the company|my] blog
        [Give|Write] me an outline for a blog post on {topic}
        [Write|Give me] [the intro|a strong opening|the conclusion] for my [blog post|article] \
            about \
            {topic}
        [Ideas|Topics] for blog posts for {audience}?
        Long-form article about {topic} [with subheadings|with a conclusion|that ranks well]
        blog about {topic} pls
        We publish every {weekday}: [next post|this week's article] should [be about|cover] {topic}
        I'd like a thoughtful [article|blog post] about {topic}, [aimed at|written for] \
            {audience}, \
            about {words} words, [with a short summary on top|no buzzwords please|in plain English]
        Write a [how-to|listicle|beginner's] blog post: {topic}
        Continue the [blog post|article], add a section on {topic}
    """,
    "product_description": """
        * product description
        * generate product descriptions
        [Write|Generate|Create] [a product description|product text|a shop description] for \
            {product}
        [Product description|Shop text|Product page text] for {product}, [{words} words|three \
            bullet points|for Etsy|for our Shopify store]
        I sell {product}[,| and] need [a description|product descriptions|listing text] [that \
            sells|for my shop|for Amazon]
        [Describe|Help me describe] my product, {product}, for [my online shop|a marketplace \
            listing|our catalogue]
        [Amazon|Etsy|eBay] listing for {product} [with bullet points|with keywords|]
        Can you [write|make] descriptions for [20|{count}|all my] products [at once|from a \
            spreadsheet|]?
        Bullet points [about|on the benefits of] {product} for the product page
        Make the product description [more sensory|focus on materials|less salesy|mention shipping]
        product text: {product}
        new in our shop: {product}. please write the product [page|description]
        Describe {product} in [two sentences|50 words|one paragraph] for the [catalogue|shop]
        The product description [needs|should have] [dimensions and care instructions|a list of \
            features|a story]
        [Rewrite|Improve] [this|my] product description for {product}
        We launch {product} next week and need product copy for the shop page by {deadline}
    """,
    "ad_copy": """
        * marketing copy
        * create marketing copy
        * ad copy
        [Write|Create|Draft] [ad copy|a Google ad|a Facebook ad|marketing copy] for {product}
        I need [an ad|ads|{count} ads] for [our|the] [launch|summer campaign|sale] of {product}
        [Google|Facebook|LinkedIn|TikTok] ad [text|copy] for [my|a] {business}
        [Landing page|Website] copy for [my|a] {business}
        [Marketing|Ad|Campaign] copy for {product}, [punchy|playful|for {audience}]
        Create a marketing [campaign|message|text] [for|aimed at] {audience}
        Give me {count} [versions|variations] of [the|this] ad [for an A/B test|]
        Copy for a [flyer|radio spot|billboard|banner ad] [about|for] {product}
        Write a [call to action|CTA|closing line] for [our ad|the landing page]
        ad for {business}, [max 90 characters|two sentences]
        Our ad is [boring|too long|not converting], [rewrite it|make it punchier]
        marketing campaign text [for a {business}|for {product}] [please|]
        Black Friday [ad|promo text|campaign copy] for {product}
        Convincing ad for {audience} who [never heard of|already use] {product}
    """,
    "headline_ideas": """
        * headline ideas
        * title ideas
        [Give me|Suggest|I need] {count} [headlines|titles|headline ideas] for [my|an] article \
            about \
            {topic}
        [Headline|Title] for my [post|article|piece] on {topic}
        What would be a [good|catchy|better] [title|headline] for [this|my {paper}]?
        [Better|Catchier|Shorter] [headline|title][ please|, this one is dull| for my post]
        Come up with [a slogan|a tagline|taglines] for [my|a] {business}
        Name ideas for [a|my] [{business}|podcast|newsletter]
        [Clickable|Funny|Serious] [titles|headlines] about {topic}, [no clickbait|max 60 characters]
        Slogan for {company}[?| please|, something short]
        ten titles for a [video|podcast episode|webinar] on {topic}
        I don't like [the headline|this title], [try another|five more please|give me alternatives]
        [tagline|slogan] [ideas|] for {product}
        Which headline is [stronger|better], [the first or the second|the question or the number]?
        Rewrite the headline so that it [asks a question|has a number in it|mentions {audience}]
    """,
    "write_email": """
        * write an email
        * email draft
        [Write|Draft|Compose] [an e-mail|a mail|an email] to [my boss|a customer|my landlord|our \
            supplier|{person}] [about|regarding] {reason}
        [Reply|Answer] to this e-mail [politely|and decline|and ask for more time]
        I need a [polite|firm|short|friendly] e-mail [about|regarding] {reason}
        [Help me|Can you] [write|word|phrase] a [follow-up|reminder|thank-you] e-mail [after a \
            meeting|to {person}|after the interview]
        Cold e-mail to {audience} [about {product}|offering our services|to book a call]
        E-mail [subject lines|subject line] for [a newsletter|a cold mail|{reason}]
        Newsletter [e-mail|text] for {month} [with our news|about {product}|]
        [A sequence|Sequence] of {count} [welcome|onboarding|follow-up] e-mails for [new customers \
            |trial users]
        apology email to [a customer|{person}] [about|for] {reason}
        How do I [decline|ask for a raise|complain] [politely |]in an e-mail?
        Out of office [message|reply] [until {weekday}|for two weeks|, something funny]
        Make this [e-mail|mail] [sound less angry|more professional|friendlier before I send it]
        email to [all customers|the team] announcing {reason}
    """,
    "social_caption": """
        * instagram caption
        * linkedin post
        [Write|Create|Give me] [an Instagram caption|a caption|a LinkedIn post|a tweet] about \
            {topic}
        [Instagram|TikTok|Facebook] [caption|post] for [a photo of {product}|my {business}]
        {count} [tweets|LinkedIn posts|Instagram captions] [about {topic}|for next week]
        Turn [my blog post|the article|this] into [a LinkedIn post|a thread|social media posts]
        [Hashtags|Good hashtags] for [my|a] {business}[ on Instagram|]
        LinkedIn post [announcing|about] [a new job|our funding|{topic}], [not cringe please|with \
            a \
            hook]
        Caption for [this photo|a reel|our team picture], [funny|short|with emojis]
        Content [ideas|plan] for [Instagram|social media|TikTok] [for a month|for my {business}]
        What should my {business} post on [Instagram|social media|LinkedIn] [today|this week]?
        youtube [description|caption] for a video about {topic}
        A thread [on|about] {topic} in {count} tweets
        social posts for [the launch of {product}|{month}|our sale]
        Make the [caption|post] [shorter and add hashtags|less formal|work for LinkedIn]
    """,
    "shorten": """
        * make it shorter
        * shorter
        * too long
        [Make|Can you make] [it|this|that|the text] [shorter|more concise|half as long]
        [Shorten|Cut|Trim|Condense] [this|it|the text|that] [to|down to] [{words} words|two \
            paragraphs|half|one page]
        [Too long|That's too long|Way too long], [make it shorter|cut it in half|shorten it please]
        [Get rid of|Remove] the [fluff|filler|repetition] [and keep it short|in the {paper}]
        Same [thing|text] but [in {words} words|shorter|half the length|without the long intro]
        [Tighten|Trim] the [second paragraph|intro|ending|whole text]
        Can this be [shorter|said in fewer words|cut by a third]?
        fewer words[ please|]
        It has to fit [on one page|in {words} words|in a tweet], [shorten it|please cut]
        [Cut|Shorten] my {paper} [by half|to {words} words|without losing the main points]
        Nobody reads [that much|so long a text], [make it brief|shorter please]
        keep only the [essential|important] [parts|sentences]
        reduce [this|it] to {words} words
        I love it, [just|but] [a bit shorter please|it's too wordy, can you cut it]
    """,
    "translate": """
        * translate
        * translate this
        * translate to spanish
        [Translate|Please translate] [this|it|the text|my {paper}|that] [into|to] {tongue}
        [Can|Could] you [translate|put] [this|it|the last text] [into|in] {tongue}?
        [And now|Now] [the same |][in|into] {tongue}[, please|]
        How do I say "[good luck with the launch|see you {weekday}|thanks for your patience]" in \
            {tongue}?
        I need [this|it|the {paper}] in {tongue} [and {tongue}|by {deadline}|too]
        {tongue} [version|translation] [of this|please|of my {paper}]
        [The|Your] {tongue} translation [sounds stiff|is too literal|has mistakes|uses the wrong \
            form of you]
        Translate [our website|all product texts|the whole folder] [into|to] {tongue}
        Which languages can [you|Inkwell] translate [into|from]?
        Translate but keep [the formatting|product names in English|the links]
        [formal|informal] {tongue} please
        translate from {tongue} to [english|{tongue}]
        Is the {tongue} [good enough|correct] [to send to a client|to publish]? [I don't speak it|]
        Our customers in {country} need the {paper} in their language
    """,
    "summarise": """
        * summarize
        * tldr
        * summarize this
        [Summarise|Summarize|Sum up] [this|this article|my {paper}|the meeting notes|the report]
        [Give me|Write|I need] a [short |]summary of [this|the attached PDF|my {paper}|the call]
        [Key points|Main points|Takeaways] of [this text|the {paper}|yesterday's meeting] please
        What [is [this article|the report|the document] about|does [this article|the report] say \
            in short]?
        Summary in [three sentences|five bullets|100 words] [please|of the {paper}]
        [Executive summary|Abstract] [for|of] my {paper}
        tl;dr of [this|the thread|my notes]
        Turn [these|my] [notes|minutes] into [action items|a short summary|bullet points]
        [I have no time to read|Too lazy to read] [this|40 pages], what are the main points?
        Can you summarise [a PDF|a web page|a YouTube video|long documents]?
        Summarise [what {person} wrote|the comments|the feedback] [in the document|in a few lines]
        bullet point summary of the [report|meeting|document]
        What did we decide? Sum up the [meeting|call] with {person}
    """,
    "change_tone": """
        * more formal
        * make it more friendly
        [Make|Can you make] [it|this|the text] [sound |]more {tone}
        [Rewrite|Rephrase|Reword] [this|it|the text] in a [more |]{tone} [tone|style|voice]
        The tone is [too formal|too stiff|too casual|too salesy|a bit cold], [make it {tone} \
            |change it]
        [Less|A little less] [salesy|formal|corporate|enthusiastic][ please|, more {tone}|]
        Write it [the way|as if] [I'd talk to a friend|a lawyer would|you're speaking to {audience}]
        Can it sound more like [me|a human|our brand|a native speaker]?
        more {tone}[ please| and less pushy|]
        [Change|Adjust|Switch] the tone [to {tone}|for {audience}|so it's {tone}]
        Use a simpler [tone|style] [so that {audience} understand|]
        Sounds [arrogant|robotic|too American], [tone it down|can you rephrase]
        [Rephrase|Reword] this [so it sounds {tone}|without exclamation marks|please]
        Say it [nicer|in a more {tone} way|with more confidence]
        first person instead of [third|passive], and {tone}
    """,
    "fix_grammar": """
        * fix grammar
        * check my grammar
        * proofread
        [Check|Correct|Fix] [my|the] [grammar|spelling|grammar and spelling|commas] [in this text \
            |please|in the {paper}]
        [Proofread|Please proofread] [this|my {paper}|the following text]
        Is this [sentence|text|e-mail] [correct|grammatically correct|good English]?
        [Find|Correct] [typos|mistakes|spelling errors] in my {paper}
        Is it "[who or whom|affect or effect|its or it's|fewer or less]" [here|in this sentence]?
        Correct the [mistakes|errors] but don't change my [style|words|wording]
        I'm not a native speaker, [can you correct my text|please check my English]
        The [spell|grammar] checker [marks our name as wrong|misses obvious errors|uses American \
            spelling]
        [British|American] spelling please[, check all|]
        proofread [before|this before] [i send it|{deadline}]
        Where does the comma go [here|in this sentence]?
        [Explain|Show me] the [changes|corrections] you made
        spellcheck [my {paper}|this|in {tongue}]
    """,
}

CREDITS = {
    "image_credits": """
        * image credits
        * out of image credits
        * how many image credits do i have
        What are [AI |]image credits?
        How many [AI |]image credits [do I have left|does {plan_name} include|does one picture use]?
        I [ran|am] out of image credits [after {count} pictures|already|in a day]
        [Where|How] can I [buy|get|see] [more|extra|my] image credits?
        [My|Our] image credits [disappeared|are gone|reset to zero] [overnight|since {since}|]
        Do unused image credits [roll over|expire] [at the end of the month|]?
        A failed [picture|image] [still cost me|used up] {count} credits
        Why does [one|a single] image [cost|use] {count} credits [now|all of a sudden]?
        Since when do [pictures|AI images] need credits? [They were unlimited|I was not told]
        Are image credits [shared|pooled] [with the team|across the workspace]?
        credits for [upscaling|image variations|background removal] too?
        price of [100|500|extra] image credits
        Image credit [counter|balance] [is wrong|does not update|shows -2] on {device}
        Can an admin [limit|see|assign] image credits per [member|person]?
        got "not enough credits" for [my first|one] AI image
    """,
}
