"""Tables for calls.py: sorts of parameters, and what people ask of functions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A sort of parameter: its names, JSON type, descriptions, how a request mentions it, and its values."""

    names: str
    type: str
    about: str
    said: str
    value: object


def _enum(*values):
    return lambda g: g.one(*values)


KINDS = {
    "city": Kind("<city|city|location|place|town>", "string", "<The city|Name of the city|City name|Where>", "in {v}|for {v}|near {v}|around {v}", lambda g: g.words.city()),
    "origin": Kind("<origin|from|departure|from_city|start>", "string", "<Where it starts|Departure city|Starting place>", "from {v}|starting in {v}|leaving {v}", lambda g: g.words.city()),
    "destination": Kind("<destination|to|arrival|to_city|target>", "string", "<Where it goes|Arrival city|Destination city>", "to {v}|going to {v}|with destination {v}", lambda g: g.words.city()),
    "country": Kind("<country|nation|country_name>", "string", "<The country|Country name>", "in {v}|for {v}|of {v}", lambda g: g.words.country()),
    "date": Kind("<date|day|when|on_date>", "string", "<The date|Day|On which day>", "on {v}|for {v}|dated {v}", lambda g: g.one(g.words.date(), g.words.day())),
    "time": Kind("<time|at|hour|start_time>", "string", "<The time|Time of day|At what time>", "at {v}|for {v}|starting at {v}", lambda g: g.words.time()),
    "person": Kind("<name|person|contact|user|recipient|who>", "string", "<The name|Name of the person|Who>", "for {v}|with {v}|of {v}", lambda g: g.one(g.words.name(), g.words.full_name())),
    "email": Kind("<email|to|address|recipient|email_address>", "string", "<Email address|The address|Address of the recipient>", "to {v}|for {v}|with the email {v}", lambda g: g.words.email()),
    "text": Kind("<text|message|body|content|note>", "string", "<The text|Text to use|Content|The message>", "saying \"{v}\"|with the text \"{v}\"|that says {v}|: {v}", lambda g: g.words.sentence()),
    "title": Kind("<title|subject|name|headline|label>", "string", "<The title|Title|Subject line>", "titled \"{v}\"|called {v}|with the title {v}|named {v}", lambda g: g.words.title()),
    "topic": Kind("<query|topic|q|search|keyword|subject>", "string", "<What to look for|Search query|The topic|Search words>", "about {v}|for {v}|on {v}|with the words {v}", lambda g: g.words.title()),
    "language": Kind("<language|target_language|lang|to_language>", "string", "<The language|Target language|Which language>", "in {v}|into {v}|to {v}", lambda g: g.words.language()),
    "count": Kind("<count|number|limit|n|amount|quantity>", "integer", "<How many|Number of items|The number|Limit>", "{v} times|with a count of {v}|limited to {v}|with {v} of them|{v} items", lambda g: g.rng.randint(1, 60)),
    "people": Kind("<people|guests|party_size|persons|seats>", "integer", "<Number of people|How many people>", "for {v} people|for {v} guests|with {v} persons", lambda g: g.rng.randint(1, 20)),
    "nights": Kind("<nights|days|duration_days|length_days>", "integer", "<How many nights|Number of days>", "for {v} nights|for {v} days|lasting {v} days", lambda g: g.rng.randint(1, 30)),
    "minutes": Kind("<minutes|duration|duration_minutes|length>", "integer", "<Length in minutes|Minutes|How many minutes>", "for {v} minutes|of {v} minutes|in {v} minutes|lasting {v} min", lambda g: g.rng.choice((5, 10, 15, 20, 25, 30, 45, 60, 90, g.rng.randint(1, 240)))),
    "price": Kind("<price|amount|max_price|budget|value>", "number", "<The price|Amount of money|Price limit>", "for {v} euros|costing {v}|with a price of {v}|under {v}", lambda g: g.one(g.words.decimal(), g.rng.randint(1, 999))),
    "percent": Kind("<percent|level|brightness|volume|percentage>", "integer", "<Level in percent|Percent from 0 to 100|The level>", "to {v} percent|at {v}%|to {v}|to level {v}", lambda g: g.rng.randint(0, 100)),
    "temperature": Kind("<temperature|degrees|temp|target>", "number", "<Degrees|The temperature|Target temperature>", "to {v} degrees|at {v} degrees|of {v} degrees", lambda g: g.one(g.rng.randint(-20, 40), g.rng.randint(10, 30) + 0.5)),
    "id": Kind("<id|order_id|number|code|reference|ticket_id>", "string", "<The id|Identifier|Number of the order|Reference code>", "with the id {v}|{v}|number {v}|with code {v}|no. {v}", lambda g: g.words.code()),
    "file": Kind("<path|file|filename|file_name>", "string", "<Path of the file|File name|The file>", "{v}|in the file {v}|from {v}|called {v}", lambda g: g.words.path()),
    "url": Kind("<url|link|page|address>", "string", "<The URL|Address of the page|Link>", "{v}|from {v}|at {v}|with the link {v}", lambda g: g.words.url()),
    "item": Kind("<item|product|thing|object|article>", "string", "<The item|Name of the product|What>", "{v}|the {v}|of {v}|for a {v}", lambda g: g.words.word()),
    "items": Kind("<items|names|tags|list|products>", "array", "<The items|List of names|All of them>", "with {v}|containing {v}|: {v}", lambda g: g.words.words(1, 4)),
    "room": Kind("<room|area|zone|where>", "string", "<The room|Which room|Name of the room>", "in the {v}|of the {v}|for the {v}", lambda g: g.one("kitchen", "bedroom", "office", "garage", "hall", "bathroom", "living room", g.words.word())),
    "unit": Kind("<unit|units|scale>", "enum", "<The unit|Unit of the result>", "in {v}|using {v}|with {v}", _enum("celsius", "fahrenheit", "kelvin")),
    "priority": Kind("<priority|importance|urgency>", "enum", "<The priority|How urgent>", "with {v} priority|marked {v}|with priority {v}", _enum("low", "medium", "high", "urgent")),
    "color": Kind("<color|colour|tint>", "string", "<The color|Which color>", "in {v}|colored {v}|with the color {v}", lambda g: g.one("red", "blue", "green", "yellow", "white", "purple", g.words.word())),
    "size": Kind("<size|format|width_class>", "enum", "<The size|Which size>", "in size {v}|size {v}|in {v}", _enum("small", "medium", "large")),
    "genre": Kind("<genre|category|type|style>", "string", "<The genre|Category|Which kind>", "of the genre {v}|in the category {v}|of type {v}", lambda g: g.one("jazz", "rock", "drama", "comedy", g.words.word())),
    "symbol": Kind("<symbol|ticker|stock|code>", "string", "<Ticker symbol|Symbol of the stock|The stock>", "of {v}|for {v}|{v}", lambda g: "".join(g.rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=g.rng.randint(1, 5)))),
    "username": Kind("<username|user|login|account>", "string", "<The user name|Login|Account name>", "with the username {v}|for {v}|named {v}|{v}", lambda g: g.words.word() + g.one("", "", str(g.rng.randint(1, 99)))),
    "word": Kind("<word|term|expression|entry>", "string", "<The word|Which word|The term>", "{v}|the word {v}|the term {v}|\"{v}\"", lambda g: g.words.word()),
    "street": Kind("<street|address|place|pickup|spot>", "string", "<The address|Street and number|Where>", "at {v}|to {v}|in {v}", lambda g: g.words.word().capitalize() + g.one(" Street ", " Road ", " Avenue ") + str(g.rng.randint(1, 99))),
    "liters": Kind("<liters|amount|volume|grams|weight>", "number", "<Amount|How much|The amount>", "with {v}|{v} liters|of {v} grams|with {v} kilos", lambda g: g.one(g.rng.randint(1, 99), g.words.decimal())),
    "number": Kind("<customer_id|account|id|number|invoice>", "string", "<The number|Customer number|Number as text>", "{v}|number {v}|with the number {v}|no. {v}", lambda g: str(g.rng.randint(1, 99999))),
    "mode": Kind("<mode|program|kind|type>", "enum", "<The mode|Which program>", "in {v} mode|with mode {v}|{v}|using {v}", _enum("eco", "fast", "quiet", "auto")),
    "files": Kind("<files|photos|pages|paths>", "array", "<The files|Names of the files>", "{v}|of {v}|with {v}", lambda g: [g.words.path() for _ in range(g.rng.randint(1, 3))]),
    "flag": Kind("<urgent|notify|public|express|vegan>", "boolean", "<Whether it is so|Turn this on|True when asked for>", "with {p} set to {v}|with {p} {v}|{p}: {v}", lambda g: g.chance(0.5)),
}

# (what is said, function names, description, kinds it may take)
ACTIONS = [
    ("<what is the weather|how is the weather|give me the weather|tell me the weather|show the weather|weather>", "get_weather|weather|current_weather|get_current_weather|fetch_weather", "Gets the <current |>weather for a city", "city unit date"),
    ("<what is the forecast|show the forecast|give me the weather forecast|forecast>", "get_forecast|weather_forecast|forecast", "Gets the weather forecast", "city nights unit"),
    ("<book|reserve|find me> a <hotel|hotel room|room>", "book_hotel|reserve_room|hotel_booking", "Books a hotel room", "city date nights people"),
    ("<book|reserve|get me> a <table|table for dinner>", "book_table|reserve_table|restaurant_booking", "Reserves a table in a restaurant", "city date time people"),
    ("<book|find|search|get> a <flight|plane ticket>", "book_flight|find_flight|search_flights", "Finds a flight", "origin destination date people"),
    ("<book|find|buy> a <train|train ticket|bus ticket>", "find_train|train_search|buy_ticket", "Finds a train connection", "origin destination date time"),
    ("<send|write> <an email|a mail|an e-mail>", "send_email|email|send_mail|write_email", "Sends an email", "email title text"),
    ("<send|write|text> a <message|text message|chat message>", "send_message|message|send_sms|text_person", "Sends a message to a person", "person text"),
    ("<remind me|set a reminder|create a reminder|make a reminder>", "set_reminder|create_reminder|add_reminder|remind", "Sets a reminder", "text date time"),
    ("<create|add|make|schedule> <an event|a meeting|an appointment|a calendar entry>", "create_event|add_meeting|schedule_meeting|calendar_add", "Creates a calendar event", "title date time minutes person"),
    ("<set|start> <a timer|an egg timer|the timer>", "set_timer|start_timer|timer", "Starts a timer", "minutes title"),
    ("<set|create> an alarm", "set_alarm|alarm|create_alarm", "Sets an alarm", "time date"),
    ("<turn on|switch on|dim|set> the <light|lights|lamp>", "set_light|control_light|light|turn_on_light", "Controls the light of a room", "room percent color"),
    ("<set|change|turn> the <heating|thermostat|temperature>", "set_thermostat|set_temperature|heating", "Sets the heating", "temperature room"),
    ("<play|start playing|put on> <music|a song|some music>", "play_music|play_song|music|play", "Plays music", "title genre percent"),
    ("<set|change|turn> the volume", "set_volume|volume|change_volume", "Sets the volume", "percent room"),
    ("<search|look|search the web|find something>", "search|web_search|search_web|find", "Searches the web", "topic count language"),
    ("<find|search> <products|articles in the shop|offers>", "search_products|find_product|shop_search", "Searches the shop", "item price color size"),
    ("<order|buy|purchase>", "order_item|place_order|buy|order", "Orders a product", "item count color size"),
    ("<add> <to my cart|to the cart|to the basket> <the product|the article>", "add_to_cart|cart_add", "Adds a product to the cart", "item count size"),
    ("<track|where is|check|find> <my order|the order|the parcel|my package>", "track_order|get_order|order_status|track_package", "Gets the state of an order", "id"),
    ("<cancel> <my order|the order|the booking|the reservation>", "cancel_order|cancel_booking|cancel", "Cancels an order", "id text"),
    ("<translate|translate the text|translate this>", "translate|translate_text|translation", "Translates a text", "text language"),
    ("<create|add|make|write|save> a <note|memo>", "create_note|add_note|save_note|note", "Saves a note", "title text"),
    ("<create|add|open|file> a <ticket|bug|task|issue>", "create_ticket|add_task|create_issue|open_ticket", "Creates a ticket", "title priority person text"),
    ("<close|finish|complete> the <ticket|task|issue>", "close_ticket|complete_task|close_issue", "Closes a ticket", "id"),
    ("<read|open|show> the file", "read_file|open_file|show_file|cat", "Reads a file", "file count"),
    ("<delete|remove> the file", "delete_file|remove_file|rm", "Deletes a file", "file"),
    ("<create|write|save> a file", "write_file|create_file|save_file", "Writes a file", "file text"),
    ("<open|fetch|load|download> the <page|website|url>", "fetch_url|open_page|download|get_page", "Fetches a page", "url"),
    ("<add|create|register> a <customer|contact|user>", "add_contact|create_user|register_customer", "Adds a contact", "person email city"),
    ("<find|look up|search|show> the <customer|contact|user>", "find_contact|get_user|lookup_customer", "Finds a contact", "person city"),
    ("<transfer|send|pay> money", "transfer_money|pay|send_money", "Transfers money", "price person text"),
    ("<what is the stock|check the stock|how many are left|check availability>", "check_stock|get_stock|availability", "Checks how many of a product are left", "item size color"),
    ("<convert|exchange> money", "convert_currency|exchange", "Converts an amount of money", "price country"),
    ("<list|show|give me> <the news|news>", "get_news|news|list_news", "Lists the news", "topic country count"),
    ("<find|list|show> <events|concerts>", "find_events|list_events|search_events", "Finds events", "city date genre"),
    ("<find|recommend|search> a <movie|film>", "find_movie|recommend_movie|movie_search", "Finds a movie", "genre title count"),
    ("<create|make|start> a <list|shopping list>", "create_list|make_list|new_list", "Creates a list", "title items"),
    ("<roll|throw> dice", "roll_dice|dice|throw_dice", "Rolls dice", "count"),
    ("<generate|create|make|draw> <an image|a picture>", "generate_image|draw|create_image", "Makes a picture", "topic size color"),
    ("<call|phone|ring>", "call_person|phone|make_call", "Calls a person by phone", "person time"),
    ("<get|find|calculate> <directions|the route|the way>", "get_directions|route|find_route", "Finds a route", "origin destination time"),
    ("<get|what is> the time", "get_time|current_time|time_in", "Gets the time in a city", "city"),
    ("<post|publish|share> <an update|a post>", "create_post|publish|share_post", "Publishes a post", "text items flag"),
    ("<get|show|what is|check> the <share price|stock value|quote>", "get_quote|share_price|stock_quote|quote", "Gets the value of a share", "symbol date"),
    ("<buy|sell> <shares|stocks>", "buy_shares|trade|order_shares", "Trades shares", "symbol count price"),
    ("<create|add|register> <an account|a login|a new account>", "create_account|add_login|register", "Creates an account", "username email flag"),
    ("<block|lock|delete|remove> the <account|user>", "block_user|lock_account|delete_user", "Blocks an account", "username text"),
    ("<explain|look up|what does it mean:|find the meaning of>", "explain_term|lookup_word|meaning|dictionary", "Explains a word", "word language"),
    ("<find|show|get> <synonyms|rhymes|similar words>", "find_synonyms|rhymes|synonyms", "Finds words like a word", "word count"),
    ("<order|call|get me> <a cab|a driver|a pizza|a courier>", "order_cab|call_driver|order_pizza|courier", "Orders something to an address", "street time people"),
    ("<find|look up|get|show> the <client|account|invoice|member>", "get_client|find_member|get_invoice|lookup_account", "Looks something up by its number", "number"),
    ("<start|run> the <washing machine|dishwasher|vacuum|dryer>", "start_washer|run_dishwasher|vacuum|start_dryer", "Starts a machine", "mode minutes temperature"),
    ("<heat|preheat|set> the <grill|stove|kettle|sauna>", "heat_stove|preheat|set_sauna", "Heats something", "temperature mode minutes"),
    ("<add|pour|measure|give> <water|flour|salt|soil>", "add_water|measure|add_amount", "Adds an amount", "liters room"),
    ("<label|mark|upload|zip> the <files|photos|pages>", "label_files|upload|zip_files|mark_photos", "Works on files", "files title items"),
    ("<listen to|switch to|tune to> the <channel|stream|podcast>", "tune|switch_channel|play_podcast", "Plays a channel", "title percent"),
    ("<write|put> <on my list|down>", "add_entry|list_add|add_item", "Adds an entry to the list", "text date"),
    ("<rate|review>", "rate|review_item|add_rating", "Rates something", "item count text"),
    ("how <warm|cold|hot|sunny|windy> is it in {v}", "get_weather|weather|current_weather|temperature_in|get_temperature", "<Gets|Returns> the <weather|temperature|current weather> <of a city|at a place>", "city unit"),
    ("<is it raining in|what's it like outside in|what are the temperatures in|do i need an umbrella in|tell me how the weather is in|how's the weather in> {v}", "get_weather|weather|check_weather|weather_now", "<Gets the weather|Weather of a place|Current conditions>", "city date"),
    ("<what does|how much does> {v} <cost|trade at> <right now|today|at the moment|>", "get_quote|price_of|share_price|stock_price_now", "<The price of a share|Latest price|Gets the price of a stock>", "symbol"),
    ("<how much is|what is the price of|what's the value of|quote for> {v}", "get_quote|lookup_price|share_value", "Price of a stock or product", "symbol"),
    ("<add|put|write|note|place> {v} <to|on|onto|in> <my|the> <list|task list|shopping list|to-do list|agenda|tasks>", "put_on_list|add_task|todo_add|list_add|add_entry", "<Adds an entry to a list|Adds a task|Puts something on the list>", "title date priority"),
    ("<remember to|don't forget to|i must|note that i have to> {v}", "put_on_list|add_task|remember|new_task", "<Saves a task|Adds a task to the list|Remembers what has to be done>", "text date"),
    ("<what does> {v} <mean>", "explain_term|meaning|word_info|lookup", "<Explains a word|Looks a word up|The meaning of a word>", "word"),
    ("<what is the meaning of|look up|find|explain|give me the definition of> {v} <in the dictionary|in the lexicon|>", "explain_term|dictionary|word_meaning", "<Looks up a word in a dictionary|Dictionary>", "word language"),
    ("<bake|grill|roast|cook|fry|heat> <it|the food|this|> at {v} degrees", "heat_stove|set_stove|cooker|oven_control", "Controls the <stove|cooker>", "temperature minutes mode"),
    ("<listen to|play|put on|switch on|turn on> the <station|channel|podcast|program> {v}", "tune|play_station|start_channel|radio", "<Plays a station|Starts a channel>", "title percent"),
    ("<play|put on|start> {v}", "play_music|play_track|play_song|start_music", "<Plays a song|Plays music>", "title percent"),
    ("<make|create|add|set up> <the|a> user {v}", "create_account|new_user|add_user|user_add", "<Makes a user|Adds a user account>", "username email flag"),
    ("<label|mark|describe> <the picture|the image|the file|> {v}", "label_files|label_image|annotate|set_labels", "Puts labels on a file", "file items"),
    ("<what time is it|tell me the time|what's the time|give me the current time|how late is it|clock>", "get_time|current_time|now|clock", "<Gets the current time|The time now|Current time>", ""),
    ("<what day is it|what is the date|today's date|which day is today>", "today|get_date|current_date", "<Gets the date|Today's date>", ""),
    ("<where am i|find my location|what is my position|locate me>", "get_location|my_position|locate", "Gets the position of the user", ""),
    ("<list|show|give me> <all|the|my> <users|accounts|members>", "list_users|all_users|get_users", "Lists all users", ""),
    ("<restart|reboot> <the server|the machine|the router|it>", "restart_server|reboot|restart", "Restarts the server", ""),
    ("<flip|toss> a coin", "flip_coin|coin|toss_coin", "Flips a coin", ""),
    ("<show|check|how full is> the battery", "battery_level|get_battery|battery", "The level of the battery", ""),
    ("<tell|write|text> {v} that i am late", "send_message|text_person|notify_person", "Sends a message to a person", "person"),
    ("<drive|bring|take|get> me <to|towards> {v}", "order_cab|request_ride|get_ride", "<Orders a ride|Calls a driver>", "destination origin people time"),
    ("<i need|i want|get me> a <ride|cab|lift|car> <from> {v}", "order_cab|ride|request_car", "Orders a ride", "origin destination people time"),
    ("<how do i get|show me the way|navigate> from {v}", "get_directions|navigate|route_between", "Finds the way between two places", "origin destination"),
    ("<who is|show me|find|open the file of> <customer|client|member> {v}", "get_client|customer_info|find_customer", "<Finds a customer|Customer data>", "number"),
    ("<how many|is there any|do we have> {v} <left|in stock|available>", "check_stock|stock_of|inventory", "Checks how many are left", "item size"),
    ("<i would like|i'd like|i want|give me|send me> {v}", "order_item|order_product|buy_item", "Orders a product", "item count color"),
    ("<sprinkle|irrigate|wet> the {v}", "irrigate|sprinkler|wet_area", "<Sprinkles an area|Irrigates a part of the garden>", "room liters minutes"),
    ("<say|how do you say|what is> {v} <in another language|as a translation|>", "translate|to_language|say_in", "Translates a text", "word language"),
    ("<mail|email|write to> {v}", "send_email|mail_to|compose_mail", "<Sends a mail|Writes an email>", "email title text"),
    ("<print|print out> the document", "print_document|print_file", "Prints a document", "file count flag"),
]
# Functions of one line could answer each other's requests, so they never stand in one dialogue.
GROUPS = [
    "get_weather get_forecast", "send_email send_message create_post", "create_event set_reminder set_alarm set_timer add_entry create_note create_ticket put_on_list create_list",
    "search search_products get_news find_events find_movie explain_term find_synonyms translate recipe", "order_item add_to_cart order_cab", "find_contact get_client track_order",
    "add_contact create_account", "get_time today", "set_light set_thermostat set_volume heat_stove start_washer", "play_music tune", "book_flight find_train get_directions",
    "read_file write_file delete_file print_document fetch_url label_files", "get_quote buy_shares check_stock convert_currency", "cancel_order close_ticket block_user", "transfer_money convert_currency",
]


def group_of(names: str) -> str:
    """The group of an action, by its first function name."""
    first = names.split("|")[0]
    return next((group for group in GROUPS if first in group.split()), first)


LEAD = "<|||please |can you |could you |i want you to |i need you to |would you |hey, |now |ok, >"
VERBS = "get set make find start stop open close send read write add remove update check list create delete move copy run show count build sort merge split load save fix plan draw test apply check reset pack".split()


NOUNS = """door gate window report garden camera engine server robot ticket door label box shelf drone pump valve lamp boat tent oven room seat page table record
team class lesson course exam ship train truck parcel letter stamp poster flyer badge card game match round level quest map trail hike tour ride tape film clip song
account invoice budget loan rent tax bill receipt coupon offer deal lead client vendor plant tree lawn pool roof wall floor pipe cable socket panel sensor meter""".split()
DEEDS = """open close start stop check clean move lift paint fix sort count rename archive restore scan upload share assign approve reject extend pause resume rotate lock
unlock refill empty water trim charge plan rate grade weigh label tag mark sign seal ship return rent lease hire invite notify export import merge split copy""".split()
