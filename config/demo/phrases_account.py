"""What users say about access, billing and discounts. The notation is explained in `phrases`."""

ACCESS = {
    "reset_password": """
        * reset password
        * forgot password
        * password reset
        * how do i reset my password
        How [do|can|would] I [reset|change|recover] my password?
        I [forgot|can't remember|lost|no longer know] my [account|login|Inkwell|own] password
        [Forgot|Lost] my password[ again|, what now|, need a new one|]
        Where [is|do I find|can I find] the [forgot password|password reset] [link|button|page]?
        Please [send|resend|e-mail|mail] me [a|another|a new] [password reset link|link to reset \
            my password]
        The [password reset|reset] [e-mail|email|mail|link] [never arrived|isn't arriving|hasn't \
            come|did not reach me]
        [I clicked|Clicked] the reset link [but it says|and it tells me] [expired|it has \
            expired|the token is invalid|the link was already used]
        Need to set a new password [for my account|for Inkwell|asap|before {deadline}]
        Is there a way to [set|pick|choose] a new password [without|if I don't have] [access to \
            my old e-mail|the old one]?
        My password reset [link|mail] goes to [spam|junk|an address I no longer use], [can you \
            send it elsewhere|what can I do]?
        It [won't|doesn't] accept my new password, [says it is too weak|keeps saying it is too \
            similar to the old one|what are the rules]
        password rules? how [long|complex] does [it|the new one] have to be
        [How long|For how long] is the password reset link valid?
        I'd like to change my password [because|since] [I shared it with {person}|I think \
            someone else knows it|our IT wants us to every {count} months]
        I have tried to reset my password {count} times [today|this morning|since yesterday] and \
            [nothing happens|no mail comes|it loops back to the start]
    """,
    "login_failed": """
        * can't log in
        * login not working
        * cannot login
        * i can't log in
        I [can't|cannot|am unable to] [log in|sign in|get into my account] [since this \
            morning|anymore|today|on {device}]
        [Login|Sign-in|Signing in] [fails|does not work|is broken] [on {device}|since the \
            update|for me]
        It [says|keeps saying|tells me] [wrong credentials|invalid login|user not \
            found] [but|although] [I'm sure they are right|my details are correct|I use a password \
            manager]
        Why [can't I|won't it let me] [sign in|log in] with [Google|Apple|Microsoft]?
        The [login|sign-in] page [just reloads|spins forever|goes back to the start] [after I \
            press enter|when I click sign in|]
        Stuck [on|at] the [login|sign-in] screen[, {device}| since {since}|, any ideas?]
        I got [logged out|kicked out] [suddenly|this morning|for no reason] and now I \
            cannot [get back in|log back in|sign in again]
        "Something went wrong" [every time|whenever] I try to [sign in|log in]
        Sign in with [Google|Apple] opens [a blank|a white|an empty] window[ and that's it|]
        {person} can [log in|sign in] fine but I [can't|get an error], same [office|network|company]
        trying to log in [for half an hour|all morning|since {since}], [help|please help|no luck]
        I can't log in with any of my e-mail addresses, [which one is it|I tried three]
        Hi, I [wanted|was hoping|need] to [get some work done|finish something] [before|by] \
            {deadline} but the login [refuses me|rejects me|does nothing] on {device}
    """,
    "account_locked": """
        * account locked
        * locked out
        * account locked out
        My account [is|has been|got] locked
        Account [locked|blocked|suspended] [after|because of] too many [attempts|tries|login \
            attempts]
        Why [is|was] my account [locked|suspended|disabled|blocked]?
        [Please|Can you|Could you] unlock my account[, I have a deadline| today|?]
        I'm [still |]locked out [of my account |]even after [the reset|changing the \
            password|I set a new password]
        [Says|It says|The page says] my account is [temporarily |]locked, [how long does that \
            last|for how long|when will it open again]?
        [Still|I'm still] locked out[, this is getting silly|, second day now| after waiting an \
            hour|!!]
        How long [does|will] the account lock [last|take to go away]?
        Our whole [team|workspace] is locked out since {since}
        Locked for "suspicious activity"? [I was only travelling|I just got a new phone|That was me]
        who can unlock [an account|me], [my admin|{person}] or you?
        You [suspended|locked] my account [without|with no] [warning|any notice|a reason], and my \
            [drafts are|client work is|files are] in there
        I reset it and the account [stays|is still] locked, [what else can I do|what now]?
    """,
    "two_factor": """
        * 2fa code not working
        * 2fa
        * no verification code
        The [2FA|two-factor|six-digit] code [never arrives|isn't accepted|is always wrong|comes \
            too late]
        I [lost|broke|replaced|sold] my phone and [can't get past|am stuck at] the [2FA|two-factor \
            |authenticator] step
        How do I [turn on|enable|set up|activate] [two-factor authentication|2FA|two-step \
            verification]?
        How do I [turn off|disable|remove] [two-factor|2FA|the extra code at login]?
        Where are my 2FA [backup|recovery] codes?
        My authenticator app [shows|gives me] a code that Inkwell [rejects|says is invalid]
        [SMS|Text message] codes [don't arrive|take ten minutes] [in {country}|on my new number]
        Can I use [a security key|a YubiKey|a passkey|Authy] [for 2FA|as second factor] [instead \
            of SMS|]?
        New phone[,| -] how do I move [my authenticator|2FA|the two-factor codes] [over|to it]?
        Can [I|an admin] [require|enforce|force] two-factor for [everyone|the whole team|all \
            members]?
        it asks for a [verification|2fa] code every [single time|day], can it remember this device
        used up all my [recovery|backup] codes, [how do I get new ones|can you reset 2fa for me]
        The QR code for the authenticator [doesn't scan|is too small|won't load] on {device}
    """,
    "sso_setup": """
        * sso
        * saml sso setup
        How do [we|I] [set up|configure|enable] [SSO|single sign-on|SAML] with {idp}?
        Do you support [SSO|SAML|single sign-on|OIDC] [with|through|via] {idp}?
        [SAML|SSO] [login|sign-in] [fails|returns an error|loops] after [we rotated the \
            certificate|changing the {idp} domain|the metadata update]
        Our IT [needs|wants|is asking for] the [SAML metadata URL|ACS URL and entity ID|SSO \
            documentation]
        Which plan [includes|has|comes with] [SSO|SAML single sign-on]?
        Can we [enforce|require] single sign-on for [everyone with our domain|all \
            {seats} users|the whole organisation]?
        SSO with SCIM [provisioning|user sync] from {idp} [does not remove leavers|creates \
            duplicates \
            |stopped]
        How [do|can] we provision users with SSO and SCIM from {idp}?
        We're [migrating|moving] from {idp} to another identity provider, what happens to \
            our SSO [users|accounts]?
        {idp} group mapping to [roles|workspaces] with SSO, [is that possible|how]?
        [We verified our domain|Domain is verified] but the [SSO|SAML] toggle [stays grey|is \
            disabled|is not there]
        sso [config|setup] [docs|guide] for {idp}?
        Hello, I administer Inkwell for about {seats} people and we would like single sign-on via \
            {idp} [before|by] {deadline}. [What do you need from us|Where do I begin]?
    """,
    "change_email": """
        * change email
        * change my email address
        How [do|can] I change [the e-mail address of my account|my e-mail address]?
        I [want|need|would like] to [update|change|switch] my [login e-mail|account e-mail \
            |e-mail address] [to my work one|to a private one|]
        [My company changed its domain|We rebranded|I got married], [how do I|can I] [change \
            |update] \
            the e-mail [I sign in with|of my account]?
        I signed up with a typo in my e-mail [address|], can [you|I] [fix|correct] it?
        Can I have two e-mail addresses on [one|the same] account?
        The [confirmation|verification] e-mail for my new address [never came|does not arrive|says \
            invalid]
        [It says|Says] this e-mail is already [taken|in use] when I [change|update] mine
        I'm leaving [my job|{company}], can I move my account to my [personal|private] e-mail?
        switch account [from|to] [work|private] email
        Can I merge two accounts [with different e-mails|I made by accident]?
        where do i edit my [email|e-mail address|contact address]
        Old e-mail address no longer exists, [how do I change it|need to replace it] in \
            [the profile|Inkwell|settings]
        Verify e-mail [button|link] [does nothing|leads to a 404]
    """,
}

BILLING = {
    "pricing": """
        * pricing
        * how much does it cost
        * price?
        * what are your pricing plans
        How much [does|would|will] [it|Inkwell|Pro|the Team plan] cost [per month|a year|per \
            user|for {seats} people]?
        What are your [prices|pricing plans|rates|current prices]?
        What [pricing plans|subscription options|paid plans] do you [offer|have]?
        [Could|Can] you [give|send] me [the prices|a price list|a quote] for [your plans \
            |{plan_name}|a company of {seats}]?
        What would [we|I|a team of {seats}] pay [per month|monthly|per year] [on {plan_name}|with \
            {plan_name}|]?
        Is the price per [user|month|workspace] or [flat|for everyone|per company]?
        Is it cheaper [if I pay|to pay|when billed] [yearly|annually] [than monthly|]?
        Price [in euros|in pounds|including VAT|for agencies]?
        [price|cost] of {plan_name} plan[?| per seat| per year]
        Why did the price [go up|change] [since|from] last [month|year]?
        I can't find [any prices|what it costs|a price] on your [site|website|page]
        Sorry if this is obvious, how much does {plan_name} cost [for {seats} of us|in total \
            |after the first month]?
        we are [a small agency|{count} freelancers|a startup] [and have|with] a tight budget, what \
            does [it|the cheapest plan] cost
        Monthly price vs yearly price [for {plan_name}|] please
    """,
    "plan_features": """
        * compare plans
        * difference between pro and team
        What is the difference between [Pro and Team|Free and Pro|Team and Enterprise]?
        [What do I get|What's included] [with|in] [the {plan_name} plan|{plan_name}] [that Free \
            doesn't have|exactly|]?
        Does {plan_name} [include|come with|have] [brand kits|unlimited exports|the API|version \
            history|custom templates|priority support|the plagiarism check]?
        Which plan [has|includes|do I need for] [unlimited documents|more than one brand kit \
            |the API|custom fonts|team folders]?
        What are the limits of the [free|{plan_name}] plan?
        How many [words|documents|AI generations|projects|brand kits] [do I get \
            |are included] [on|with] {plan_name}?
        Is there a [feature comparison|table that compares the plans|side by side comparison]?
        Which [plan|tier] [is right|would you recommend|makes sense] for [a freelancer|a team of \
            {seats}|an agency|one person with two clients]?
        which features do i miss [if i stay on|with] free
        Are [custom templates|team folders|approval steps|translations] [only in|limited to|part \
            of] {plan_name}?
        [Free|Pro] vs [Team|Enterprise], what [features|extras] [matter|are worth it]?
        Do both plans have the same [features|limits|AI models]?
        And the features? What [more|else] does {plan_name} [give me|do|offer] [over|compared to] \
            [the one below|Free]?
        Is there a word limit [per document|per month|] [on|in] {plan_name}?
    """,
    "upgrade_plan": """
        * upgrade
        * upgrade to pro
        * how do i upgrade
        [I want|I'd like|We want|Ready] to upgrade to {plan_name}
        How do I [upgrade|switch|move] [to|up to] {plan_name}?
        [Where|How] can I upgrade [my account|my plan|our workspace]?
        [Ok,|Great,|Alright,] [let's|let us] upgrade[ then| to {plan_name}|, where do I click]
        If I upgrade [today|mid-month|now], [do I pay the full month|is it prorated|what happens \
            to the days I paid for]?
        Upgrade [button|link] [is greyed out|does nothing|missing] on {device}
        I upgraded [an hour ago|yesterday|just now] but [still see|it still shows|I'm still on] \
            [the Free plan|Free|the old plan]
        Can I upgrade [just for one month|only one seat|from the app]?
        [Please|Can you] move [us|our workspace|my account] [from Pro to Team|from Free to Pro|to \
            {plan_name}] [starting|from] {weekday}
        want to go from [free to pro|pro to team], [how|what are the steps]
        Take my money :) how do I get {plan_name}?
        Can [I|we] switch to yearly billing when [I|we] upgrade?
        What happens to my [documents|templates|drafts] when I upgrade to {plan_name}?
    """,
    "free_trial": """
        * free trial
        * is there a free trial
        Is there a [free trial|trial|test version] [of|for] {plan_name}?
        How long [is the [free |]trial|does the [free |]trial [last|run]]?
        Can I [try|test] {plan_name} [for free|before I pay|for a week]?
        Do I need a credit card [for|to start] the [free |]trial?
        [Can|Could] [you|we] extend [my|our] trial [by a week|a few days|until {deadline}]?
        My trial [ended|ran out|expired] [yesterday|too early|before I could try anything], [can I \
            get a few more days|what now]
        What happens [when|after] the trial [ends|is over]? [Will I be charged|Is my work gone]?
        trial says {count} days left but [i started|it began] [yesterday|today]
        Can I do a second trial with [my new team|another workspace]?
        Trial version has [watermarks|limits], [is that normal|how do I remove them]?
        Does the trial [include|cover] [all features|everything|the API]?
        how do i start the [14 day|14-day|two week] trial
        We'd like to trial it with {seats} [people|colleagues] before we decide, [possible|is that \
            ok]?
    """,
    "cancel_subscription": """
        * cancel subscription
        * cancel my plan
        * how do i cancel
        How [do|can] I cancel [my subscription|my plan|{plan_name}|the auto-renewal]?
        [Please|I want to|I'd like to] cancel [my|our] [subscription|plan|membership]
        Cancel [my account's subscription|everything|the plan] [immediately|at the end of the \
            month|before it renews {weekday}]
        [Where is the cancel button|Why is there no cancel button]?
        Stop [the|my] [auto-renewal|automatic renewal|subscription from renewing][ please|]
        I [cancelled|canceled] [last month|on {weekday}|in {month}] [but|and] [the plan is still \
            active|it renewed anyway]
        We no longer need [it|Inkwell|{plan_name}], [how do we end|please end] [the|our] \
            [subscription|contract]
        Can I pause my subscription [instead of cancelling|for {count} months|over the summer]?
        If I cancel [now|today], [can I use it until the end of the month|do I keep my \
            documents|what do I lose]?
        I subscribed through [the App Store|Google Play], how do I cancel [there|that]?
        stop my paid plan, [back to free please|free is enough for me|i don't need it]
        How do I cancel {plan_name} and [go back|switch back] to the free plan?
        Not [using|really using] it enough, [so please cancel|so I'd rather cancel] [before the \
            next payment|]
        It's been fun but I'm [leaving|done], cancel [it|my subscription][ please| today|]
    """,
    "refund_request": """
        * refund
        * i want a refund
        * how do i get a refund
        I [want|would like|need] [a refund|my money back] [for {month}|for the yearly plan|please|]
        Can I [get|have] a refund [for|on] [last month|the annual plan|the unused time|{month}]?
        [Please|Kindly] refund [the last payment|the {price} you took|my last invoice]
        [What is your refund policy|How does your refund process work|How do refunds work]?
        How long does a refund take [to arrive|to show up|on a credit card]?
        I [asked for|was promised] a refund {count} weeks ago [and|but] [nothing came|still \
            nothing|it isn't on my card]
        Bought {plan_name} by [mistake|accident], can [I|you] [get it refunded|undo it]?
        [Forgot to cancel|It renewed before I could cancel], [can I have my money back|please \
            refund]
        refund via [paypal|app store|apple], [possible|how does that work]?
        Money back guarantee[, does that still apply|? I'm on day {count}]
        My [refund|reimbursement] [was {price} too low|is missing the tax|went to an old card]
        The tool [did not do what I needed|wasn't for us], we'd like our [money|payment] back
        Is the yearly plan refundable [if we stop halfway|after {month}|]?
    """,
    "payment_failed": """
        * payment failed
        * card declined
        * payment not going through
        My [payment|card] [was declined|got rejected|keeps failing|doesn't go through]
        [Payment|The payment|Paying] [fails|failed] [with my Visa|with Mastercard|with Amex|with \
            PayPal|with a debit card|with Apple Pay|on {device}]
        Why [was|is] my [card|payment] [declined|rejected|refused]? [There is enough \
            money on it|It works everywhere else|]
        I [tried|have tried] {count} [cards|times] and [every payment|each one] [is declined|fails \
            |errors out]
        "Your payment could not be processed" [again|what does that mean|on checkout|and no reason]
        Checkout [hangs|freezes|spins] [at the payment step|after I enter the card|when I press \
            pay] on {device}
        How [do|can] I update [my credit card|my card|the payment method]?
        My card [expired|was replaced|got stolen], where do I [enter|add] the new one?
        In-app purchase [failed|gives an error|does not complete], [the money is gone|nothing \
            happened|no confirmation]
        [Bank|My bank] says [it was approved|the payment is fine] [but|yet] [you say|Inkwell \
            shows] payment [failed|declined]
        3D secure [page|window|step] [never loads|closes itself|is blank] [when I pay|at payment]
        we got a "payment overdue" [mail|banner] though the card is [fine|valid|new]
        Can't pay[, it says {price} declined|, the card form won't submit| with my card on {device}]
        payment [error|problem|issue] [on {device}|at checkout|on the billing page]
        Do you [accept|take] [bank transfer|PayPal|SEPA|wire transfer]? [Our|My] card payment \
            [was declined|does not work]
    """,
    "invoices": """
        * invoice
        * where are my invoices
        * download invoice
        Where [do|can] I [find|download|get] [my|our] invoice[s|s for {month}|]?
        I need [an invoice|a receipt|the bill] for {month}
        [Please|Could you] send [the|our] [invoice|invoices|receipts] to [our accountant \
            |accounting|another address]
        [Our|The] [VAT number|tax ID|company address|company name] is [missing|wrong] on the invoice
        How do I add [our VAT ID|a PO number|a billing address|our company name] to [the \
            invoices|my invoice]?
        [Bookkeeping|Accounting|My accountant] [is asking for|needs] [the invoices|all receipts] \
            [of last year|since {month}|for the quarter]
        Can you [correct|reissue] the {month} invoice? [The address is wrong|We moved office]
        no invoice [for {month}|this month|in my inbox]
        Can invoices [go|be sent|be mailed] to [billing@|a different e-mail|{person}] automatically?
        Is [VAT|sales tax] [included|shown separately] on the [invoice|bill]?
        billing history [page|] is [empty|missing {month}]
        invoice as pdf for tax [return|office|purposes][ please|]
        Do you issue invoices for [App Store purchases|monthly plans|the free plan]?
    """,
    "unexpected_charge": """
        * charged twice
        * why was i charged
        I was charged [twice|double|two times|{count} times] [this month|in {month}|for {plan_name}]
        Why [was I charged|did you charge me] {price}[?| on {weekday}?| this month?]
        There [is a charge|are two charges] [of {price} |]on my [card|bank statement|account] I \
            [don't recognise|can't explain|never agreed to]
        You [took|charged|billed] {price} [although|even though] [I am on Free|I cancelled|my \
            trial \
            wasn't over]
        [Double|Duplicate] [charge|billing] [for|in] {month}
        My bill [jumped|went up] by {price} [without|with no] [notice|explanation]
        What is this {price} [charge|payment] from Inkwell?
        we were charged for {seats} people but [only use|have] {count}[, why|]
        Unknown [charge|transaction] from "INKWELL*" [on my statement|in {month}], [what is it|not \
            mine]
        [Why is|How come] my bill [is higher|is so high|went up] this month?
        I only have one account but [see two charges|pay for two subscriptions]
        charged after [cancelling|cancellation|the trial], [not ok|explain please|why]
        Charged in dollars instead of [euros|pounds], [why|my bank adds a fee]
    """,
}

DISCOUNTS = {
    "discount": """
        * discount
        * promo code
        * any coupons available
        * can i get a discount
        Can [I|we] get a discount[?| for {seats} seats?| if we pay yearly?]
        Do you [have|offer] [a discount|any discounts|discount codes|a promo code|coupons][ right \
            now| for new customers|]?
        [Any|Is there a|Got a] [discount|promo code|coupon|deal] [for {plan_name}|right now|for \
            first-time buyers]?
        [Are there|Do you run|Will there be] [Black Friday|seasonal|summer|end of year] [deals \
            |offers|discounts|sales]?
        Is there a [volume|bulk|group] discount for {seats} [people|licences|seats]?
        [That's|It's] [a bit|too] [expensive|much] [for us|for me], [any discount|can you do \
            anything about the price|is there a cheaper deal]?
        discount [for yearly|for long-time customers|for referrals|code]?
        We've been customers [for two years|since the beta|since {month}], [is there|do we get] a \
            loyalty discount?
        Can you [do|match] [20%|10%|15%|a bit] off?
        [Any chance|Is it possible|Could I ask] for [a lower price|a special offer|some percent \
            off] \
            [if I sign today|for a small team|on {plan_name}]?
        I'd [subscribe|buy] [right away|today] with a [discount|bit of a discount|discount code]
        [A friend|Someone|{person}] [got|has] {percent} off {plan_name}, [how do I get that \
            discount|can I have it too]?
        refer a friend [discount|bonus|credit], [does that exist|how much]?
        Do you give discounts to [agencies|startups|small businesses|freelancers]?
    """,
    "education_discount": """
        * student discount
        * nonprofit discount
        Do you [have|offer|give] [a student discount|student pricing|education prices|a discount \
            for teachers]?
        I'm a [student|teacher|PhD student|lecturer] [at a university|in {country}], [is it \
            cheaper for me|do I get a lower price]?
        [Are there special rates|Are there reduced prices|Is there a programme] for [schools \
            |universities \
            |students \
            and teachers]?
        We are a [charity|non-profit|nonprofit|registered charity], [do we get|is there] a \
            [discount|reduced price]?
        How do I [prove|verify] that I'm a student [for the discount|]?
        My [school|university] e-mail is [not accepted|rejected] for the [student|education] \
            [discount|plan]
        Free [licence|access|accounts] for [my class|a school|{seats} pupils]?
        [edu|student|academic] pricing for [my studies|our school|teachers]?
        Does the student [discount|price] [still work|end] [after I graduate|next year]?
        We're a volunteer-run [animal shelter|museum|food bank|youth club]. Is there a nonprofit \
            [plan|price|discount]?
        [Which documents|What] do you need for the [nonprofit|charity] discount?
        Can my [whole class|students] use {plan_name} [at a school price|with an education licence]?
        Teacher here, [want to use it in class|planning a course in {month}], any [educator \
            |school] \
            pricing?
    """,
    "code_rejected": """
        * promo code not working
        * invalid coupon
        [My|The] [promo code|coupon|discount code|voucher] [doesn't work|is not accepted|is \
            invalid|isn't applied]
        It says the [coupon|code|promo code] [{code}|] [has expired|is expired|is only for new \
            customers|is not valid for this plan]
        Where do I [enter|put|type in] [my|the] [promo code|coupon|voucher code|discount code]?
        [Code|Promo code] {code} [gives an error|is rejected|shows invalid|does nothing]
        I forgot to [enter|use|apply] my [promo code|coupon|discount code], [can you add it|is it \
            too late]?
        The {percent} [discount|coupon] [did not show up|was not deducted|is missing] [on my \
            bill|at checkout|on the invoice]
        No field for a [coupon|promo code|voucher] [at checkout|in the app|on {device}]
        It won't let me [combine|stack|use] two [coupon codes|promo codes], only one is accepted
        your newsletter had code {code} but it [does not work|says unknown]
        I applied {code} and still [pay|see] the full price
        [Voucher|Coupon] code [from the conference|from a podcast|in your e-mail] is "not eligible"
        promo code only works for [monthly|yearly]? [it rejects mine|i have the other one]
        Tried {code} on {device}, [not valid|rejected], is it [case sensitive|expired]?
    """,
}
