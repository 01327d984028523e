# Cabinets of a person, and the API keys of one.

cabinets-title = Cabinets
cabinets-lead = The cabinets you work with.
cabinets-empty-title = You are not on the staff of any cabinet
cabinets-empty-text = The owner of a cabinet, or whoever runs this server, adds you by your login: { $login }.
cabinets-column-name = Cabinet
cabinets-column-id = Number
cabinets-column-role = Your role
cabinets-column-keys = API keys
cabinets-keys = API keys
cabinets-keys-not-yours = For owners and managers
role-owner = Owner
role-manager = Manager
role-employee = Employee

cabinet-forbidden-title = Only owners and managers see API keys
cabinet-forbidden-text = In “{ $business }” you are an employee. A key works in the name of the whole cabinet, so its owner and managers alone make and see keys. Ask one of them to create a key for you.

keys-title = API keys
keys-lead = A key lets a program work with the stores of the cabinet through the seller API. It belongs to the cabinet: it goes on working when people change their password or leave.
keys-create = Create a key
keys-empty-title = This cabinet has no keys yet
keys-empty-text = When an integrator asks for “a key” or “a token for the API”, create one here: choose what it may do, and give them the token. One key for each program is best; then you can end one without touching the others.
keys-count = { $count ->
    [one] { $count } key of { $max }
   *[other] { $count } keys of { $max }
  }
keys-full-title = The cabinet has { $max } keys, the most there may be
keys-full-text = To create another one, delete one that is not used any more. The column “Last used” shows which.
keys-column-name = Name
keys-column-accesses = May do
keys-column-stores = Stores
keys-column-networks = From
keys-column-expires = Works until
keys-column-used = Last used
keys-column-actions = Actions
keys-stores-all = All
keys-stores-count = { $count ->
    [one] { $count } store
   *[other] { $count } stores
  }
keys-networks-any = Anywhere
keys-networks-count = { $count ->
    [one] { $count } network
   *[other] { $count } networks
  }
keys-expires-never = Until deleted
keys-used-never = Never
keys-more-accesses = and { $count } more
key-status-active = Works
key-status-paused = Paused
key-status-expired = Expired
key-overlap = Old token works until
key-edit = Edit
key-rotate = New token
key-pause = Pause
key-resume = Resume
key-delete = Delete
keys-paused-notice = { $name } is paused: calls with it are refused until you resume it.
keys-resumed-notice = { $name } works again.
keys-edited-notice = { $name } is changed. The change is in force already.
keys-deleted-notice = The key is deleted. Calls with it are refused.

keys-oauth-title = Calls that still come with OAuth tokens
keys-oauth-lead = The old way: such a token belongs to a person and dies with their password or their place in the team. In the last 30 days:
keys-oauth-column-application = Application
keys-oauth-column-calls = Calls
keys-oauth-none = None in the last 30 days.
keys-oauth-advice = Create a key for each of these programs, and ask their authors to send it in the header Api-Key. Both headers may be sent at once while they change over.

key-new-title = New key
key-edit-title = Edit { $name }
key-name = Name
key-name-hint = Which program is it for? Only you and your colleagues see it.
key-accesses = What may it do?
key-accesses-hint = Give only what the program needs. You can change this later; the token stays the same.
key-access-none = None
key-access-read = See
key-access-full = See and change
key-stores = In which stores?
key-stores-all = In all stores
key-stores-all-hint = Those you open later too.
key-stores-some = Only in these
key-stores-some-hint = Methods for the whole cabinet are then closed to the key.
key-stores-search = Find a store
key-stores-search-action = Search
key-stores-shown = { $shown } of { $total } stores are shown: search by name or number for the others.
key-stores-none = The cabinet has no stores yet.
key-expiry = Until when?
key-expiry-never = Until it is deleted
key-expiry-days = { $days ->
    [one] { $days } day
   *[other] { $days } days
  }
key-expiry-year = A year
key-expiry-date = Until a day you choose
key-expiry-date-label = Last day
key-expiry-hint = Before the end, owners and managers get a letter.
key-networks = From which addresses?
key-networks-hint = Not required. IP addresses or networks of the program’s servers, one a line, for example 203.0.113.0/24. Empty: from anywhere.
key-summary-title = In short
key-summary-refresh = Update the summary
key-summary-nothing = The key may do nothing yet: choose at least one access.
key-summary = The key lets a program { $accesses } { $stores }, { $networks }, { $expiry }.
key-summary-stores-all = in all stores
key-summary-stores-none = in the stores you are still to choose
key-summary-stores-some = { $count ->
    [one] in one store
   *[other] in { $count } stores
  }
key-summary-networks-any = from any address
key-summary-networks-some = { $count ->
    [one] from one network
   *[other] from { $count } networks
  }
key-summary-expiry-never = until you delete it
key-summary-expiry-date = until { $date }
key-create = Create key
key-save = Save changes
key-edit-fixed = Stores, addresses and expiry stay as they are: a program relies on them. To change them, create another key.

key-error-name-taken = Another key of the cabinet is called “{ $name }”: choose another name. If you have just created it, it is in the list; give it a new token there if you did not keep the first.
key-error-accesses = Choose at least one access: a key without any could do nothing.
key-error-stores = Choose at least one store, or “In all stores”.
key-error-stores-foreign = One of these stores is not of this cabinet: choose again.
key-error-date = Enter a day in the future.
key-error-network = “{ $network }” is not an address or a network: enter something like 203.0.113.7 or 203.0.113.0/24.
key-error-too-many = The cabinet has { $max } keys, the most there may be: delete one that is not used any more.
key-error-state = The key is in another state by now: look at the list again. Nothing was changed.

key-created-title = { $name } has been created
key-rotated-title = { $name } has a new token
key-token = Token
key-token-file = api-key-{ $key }.txt
key-send-text = Programs send it in the header Api-Key of every request:
key-curl-label = Try it: what is this key?
key-rotated-until = The old token works until
key-rotated-at-once = The old token does not work any more.
key-back = Go to the keys

key-rotate-title = New token for { $name }
key-rotate-lead = The key stays: its name, accesses and stores. Programs have to be given the new token.
key-rotate-overlap = How long the old token goes on working
key-rotate-overlap-0 = It stops at once
key-rotate-overlap-0-hint = If somebody else may know it.
key-rotate-overlap-days = { $days ->
    [one] { $days } more day
   *[other] { $days } more days
  }
key-rotate-overlap-hint = Long enough to change every program that uses it.
key-rotate-action = Create new token
key-rotate-replayed = The key has been given a new token since this form was opened, so nothing was done. Look at the list before you do it again.

key-delete-title = Delete { $name }
key-delete-effect-stop = Programs that use it are refused at once.
key-delete-effect-used = It was last used
key-delete-effect-unused = It was never used.
key-delete-effect-created = Created
key-delete-effect-final = It cannot be brought back. To stop it for a while, pause it instead.
key-delete-type = To confirm, type the name of the key: { $name }
key-delete-mistyped = The name is another one: type “{ $name }”.
key-delete-action = Delete key

# The accesses of a key: a topic, what seeing and changing mean, and what stands in the summary.
access-everything = The whole cabinet
access-everything-read = See everything there is in the cabinet
access-everything-full = Manage the cabinet completely
access-everything-read-short = see everything in the cabinet
access-everything-full-short = manage the cabinet completely
access-orders = Orders and stock
access-orders-read = See orders, shipments and returns
access-orders-full = Process orders and keep stock
access-orders-read-short = see orders
access-orders-full-short = process orders and keep stock
access-pricing = Prices
access-pricing-read = See prices
access-pricing-full = See and change prices
access-pricing-read-short = see prices
access-pricing-full-short = see and change prices
access-offers = Goods and cards
access-offers-read = See goods and their cards
access-offers-full = Add, change and remove goods and their cards
access-offers-read-short = see goods and cards
access-offers-full-short = manage goods and cards
access-promotion = Promotion
access-promotion-read = See campaigns, bids and their results
access-promotion-full = Take part in promotions and set bids
access-promotion-read-short = see promotion
access-promotion-full-short = manage promotion
access-finance = Finance
access-finance-read = See financial data and reports
access-finance-read-short = see financial data and reports
access-communication = Buyers
access-communication-full = Answer reviews, questions and chats
access-communication-full-short = talk to buyers
access-settings = Store settings
access-settings-full = Change settings and pick-up points of stores
access-settings-full-short = set up stores
access-supplies = Supplies to the market’s warehouse
access-supplies-read = See FBY supply requests
access-supplies-read-short = see FBY supply requests
list-and = and
