"""The words that fill `{slots}` in the phrase patterns.

`device` is looked up per platform (`device_ios` and so on), so that nobody in
the Android app complains about an iPad; `plan_name` per plan. A slot named in `STICKY` keeps its
value for a whole conversation: who asked for a post on beekeeping goes on about
beekeeping.
"""

STICKY = frozenset(
    "topic thema tema sujet product business tool document paper company idp code".split()
)

# tables, many entries a line
# fmt: off
SLOTS: dict[str, tuple[str, ...]] = {
    "audience": (
        "beginners", "small shops", "parents", "teachers", "nurses", "freelancers", "students",
        "restaurant owners", "real estate agents", "HR managers", "runners", "new customers",
        "software developers", "retired people", "wedding planners", "dog owners", "accountants",
    ),
    "business": (
        "bakery", "yoga studio", "dental practice", "coffee roastery", "bike repair shop",
        "law firm", "pet hotel", "tattoo studio", "flower shop", "travel agency", "food truck",
        "language school", "podcast studio", "cleaning company", "microbrewery", "barber shop",
        "games café", "landscaping company",
    ),
    "code": ("SPRING20", "WELCOME10", "INK25", "LAUNCH15", "FRIENDS30", "TEAM20", "HELLO5"),
    "company": (
        "Bluebird & Co", "Northlight", "Kettle and Crumb", "Fern Street", "Okapi Labs", "Tidewater",
        "Paper Moon", "Halloran Foods", "Luma", "Stonebridge", "Two Owls", "Marlow & Finch",
    ),
    "count": ("two", "three", "four", "five", "six", "2", "3", "4", "5", "8"),
    "country": (
        "Canada", "Brazil", "India", "Poland", "Portugal", "Kenya", "Japan", "Norway", "Mexico",
        "Austria", "Singapore", "Chile", "Ireland",
    ),
    "deadline": (
        "Friday", "tomorrow", "tonight", "Monday morning", "noon", "the end of the week",
        "the end of the month", "5 pm", "next Tuesday",
    ),
    "device_android": (
        "my Pixel", "my Galaxy", "Android 15", "my Samsung tablet", "my phone", "Android",
        "the Android app", "a Galaxy Tab", "my OnePlus",
    ),
    "device_ios": (
        "my iPhone", "my iPad", "iOS 18", "the iPad app", "my phone", "iOS", "the iPhone app",
        "an iPhone 13", "my iPad Pro",
    ),
    "device_web": (
        "Chrome", "Firefox", "Safari", "my laptop", "Edge", "my work computer", "Windows 11",
        "my MacBook", "a Chromebook", "the web version",
    ),
    "document": (
        "newsletter", "resume", "business plan", "brochure", "menu", "flyer", "cover letter",
        "case study", "report", "proposal", "press release", "wedding invitation", "thesis",
        "job ad", "contract", "white paper", "speech", "poster", "certificate", "budget plan",
    ),
    "http": ("500", "502", "503", "504", "HTTP 500", "a 503"),
    "idp": ("Okta", "Entra ID", "Azure AD", "Google Workspace", "OneLogin", "Ping", "Keycloak"),
    "month": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    "paper": (
        "report", "proposal", "article", "speech", "thesis", "essay", "case study",
        "business plan", "press release", "white paper", "interview", "newsletter", "chapter",
        "grant application", "manual", "landing page", "cover letter", "job ad",
    ),
    "percent": ("10%", "15%", "20%", "25%", "30%", "50%"),
    "person": (
        "my colleague", "Priya", "our intern", "Tom", "my boss", "Marta", "a freelancer", "Jonas",
        "my business partner", "Aisha", "our designer", "Ken", "my assistant", "Lucía", "Dmitri",
    ),
    "plan_name_enterprise": ("Enterprise",),
    "plan_name_free": ("Pro", "Pro", "Team"),
    "plan_name_pro": ("Team", "Pro"),
    "plan_name_team": ("Enterprise", "Team"),
    "price": ("$12", "$19", "$24", "$49", "$96", "$190", "$228", "€19", "€29", "£15", "£49"),
    "product": (
        "handmade soap", "a standing desk", "wool socks", "an espresso machine", "vegan dog treats",
        "a bamboo toothbrush", "scented candles", "a camping stove", "leather wallets",
        "our hot sauce", "a kids' bike helmet", "ceramic mugs", "noise-cancelling headphones",
        "organic face cream", "a folding kayak", "silver earrings", "a robot vacuum",
        "linen bed sheets", "our oat milk", "wooden puzzles", "running shoes", "a smart doorbell",
        "herbal tea", "a hiking backpack",
    ),
    "reason": (
        "a late delivery", "the new opening hours", "an unpaid invoice", "a change of schedule",
        "the office move", "a broken order", "our price increase", "a cancelled workshop",
        "the missed deadline", "a new return policy", "the summer party", "a wrong shipment",
        "my days off", "a rent increase",
    ),
    "scene": (
        "a fox reading a newspaper", "a mountain lake at sunrise", "a busy farmers' market",
        "two robots playing chess", "an old lighthouse in a storm", "a desk with plants and coffee",
        "children building a treehouse", "a city street in the rain", "a bowl of ramen",
        "a cat in a space suit", "people in a meeting room", "a red bicycle against a wall",
        "a greenhouse full of tomatoes", "a paper boat on a river", "hands holding a seedling",
    ),
    "seats": ("5", "8", "10", "12", "15", "20", "25", "40", "60", "80", "120", "200", "350"),
    "since": (
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "yesterday", "last night",
        "last week", "this morning", "the weekend", "about noon",
    ),
    "slides": ("5", "eight", "10", "ten", "12", "15", "20"),
    "ticket": ("48213", "50977", "51240", "47718", "52003", "49655"),
    "tone": (
        "friendly", "formal", "professional", "casual", "confident", "playful", "warm", "serious",
        "relaxed", "persuasive", "neutral", "humorous", "direct", "personal",
    ),
    "tongue": (
        "Italian", "Portuguese", "Dutch", "Polish", "German", "French", "Spanish", "Japanese",
        "Turkish", "Swedish", "Korean", "Arabic", "Ukrainian", "Czech", "Greek",
    ),
    "tool": (
        "Slack", "Notion", "HubSpot", "WordPress", "Shopify", "Google Drive", "Zapier", "Webflow",
        "Figma", "Salesforce", "Mailchimp", "Airtable", "Trello", "Dropbox", "Microsoft Teams",
    ),
    "topic": (
        "sustainable packaging", "remote onboarding", "sourdough baking", "sleep and screens",
        "electric cargo bikes", "beekeeping in cities", "budget travel in winter", "AI in schools",
        "home office ergonomics", "first-time house buying", "urban gardening", "strength training",
        "cyber security for small firms", "the four-day week", "coffee brewing", "meal prepping",
        "minimalist wardrobes", "heat pumps", "raising bilingual kids", "learning the guitar",
        "dog training", "tax tips for freelancers", "mindful mornings", "solar panels on balconies",
        "hiring your first employee", "wild swimming", "podcasting on a budget", "food waste",
        "women in engineering", "customer loyalty",
    ),
    "version": ("4.10.3", "4.11.0", "4.11.2", "4.12.0", "4.12.1"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "words": ("50", "100", "150", "200", "300", "400", "600", "800", "1000", "1200"),
}
# fmt: on
