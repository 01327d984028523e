# Applications of a person: the list, the forms, one application's page.

# What several forms say.
number = { $number }
name-error-empty = Enter a name.
name-error-too-long = The name is too long: at most { $max } characters are possible.
name-error-unprintable = The name contains the character { $code }, which cannot be seen: remove it.

# The pages.
applications-title = Applications
applications-lead = Programs that ask people for access to their stores. One application serves all stores and cabinets.
applications-create = Create an application
applications-empty-title = You have no applications yet
applications-empty-text = An application asks people for a token that works with everything they can reach. If you only need a key for your own stores, create an API key instead: it needs no application and does not run out after a year.
applications-empty-keys = Go to API keys
applications-column-name = Name
applications-column-client-id = ClientID
applications-column-rights = Access to data
applications-column-created = Created

application-new-title = New application
application-new-lead = For programs in which people sign in and allow access to their stores.
application-new-to-api = Only for yourself or for debugging? Use the short form
application-new-api-title = New application for API access
application-new-api-lead = For a token of your own, shown for copying. The answer always goes to the page with the token.
application-new-to-id = Need your own Redirect URI? Use the full form
application-edit-title = Edit { $name }
application-edit-action = Save changes

application-name = The name of your service
application-name-hint = People see it when they are asked for access. With many applications, the name of the business helps.
application-icon = Icon
application-icon-hint = Not required. PNG, JPEG, WebP or GIF, at most 1 MB.
application-icon-remove = Remove the icon
application-icon-again = The browser forgets a chosen file: choose the icon again.
application-platform = Platform
application-platform-web = Web services
application-platform-web-hint = Sites and programs that open a page in the browser.
application-redirect = Redirect URI
application-redirect-nth = Redirect URI { $number }
application-redirect-hint = Where the browser takes the token or the code. To get a token by hand, take this server’s own page:
application-redirect-debug = Substitute the URL for debugging
application-redirect-add = Add another Redirect URI
application-redirect-remove = Remove Redirect URI { $number }
application-redirect-remove-short = Remove
application-redirect-fixed = The answer goes to { $uri }, where the token is shown for copying.
application-rights = Access to data
application-rights-hint = Type a name or a code, for example market:partner-api, and choose from the list.
application-rights-search = Search
application-rights-found = { $count ->
    [one] { $count } access found
   *[other] { $count } accesses found
  }
application-rights-none-found = Nothing is called “{ $query }”. Clear the field and search again to see everything.
application-rights-chosen = Chosen accesses
application-email = Contact email
application-email-hint = People see it when they are asked for access and write to it.
application-rights-warning = If you add or remove an access, all tokens this application ever got stop working at once. Everybody has to allow access again.

application-error-name-taken = You already have an application called “{ $name }”: choose another name. If you have just created it, it is in your list.
application-error-platform = Choose a platform: Web services is the one there is.
application-error-redirect-missing = Enter at least one Redirect URI, or press “Substitute the URL for debugging”.
application-error-redirect-twice = This Redirect URI is there twice: remove one of them.
application-error-redirect-too-many = An application has at most { $max } Redirect URIs: remove some.
application-error-redirect-unreadable = This is not an absolute address: enter something like https://example.org/callback in plain Latin letters.
application-error-redirect-too-long = The address is too long: at most 2000 characters are accepted.
application-error-redirect-fragment = Remove the # and what follows it: the answer is put there.
application-error-redirect-user-info = Remove the user name and everything up to the @: an address with it could deceive people.
application-error-redirect-scheme = This kind of address is not accepted: use https, http for this machine, or the scheme of your own app.
application-error-redirect-unencrypted = The token would travel unencrypted: use https. Only localhost, 127.0.0.1 and [::1] may do without.
application-error-redirect-path = The path can be read in two ways (dots, doubled or encoded slashes): write the address as the browser shows it.
application-error-redirect-host = Write the host with small Latin letters, digits, hyphens and dots alone, for example xn--e1afmkfd.xn--p1ai.
application-error-rights-missing = Choose at least one access: an application without any cannot ask for anything.
application-error-rights-groups = An application asks for accesses of at most { $max } groups: remove some.
application-error-rights-login = An application for API access cannot ask for personal data: remove the accesses of the group “Personal data”.
application-error-email = Enter an e-mail address such as shop@example.org.
application-error-icon = The icon could not be read: choose a PNG, JPEG, WebP or GIF of at most 1 MB.
application-error-icon-size = The icon is larger than 1 MB: choose a smaller file.

application-created-title = { $name } has been created
application-created-lead = Here is its ClientID, and the secret, shown this once.
application-secret = Client secret
application-secret-unneeded = A token by the link below needs no secret. Keep it for programs that exchange codes for tokens.
application-secret-file = client-secret-{ $client }.txt
application-to-page = Go to the application
application-client-id = ClientID
application-get-token-title = Get a token
application-get-token-text = Open this link, sign in with the account that has access to the stores, and confirm. The token works for a year.
application-get-token-link = Link for getting a token
application-get-token-impossible = The link with response_type=token works only for applications whose single Redirect URI is the page with the token.
application-old-way = This is the old way. An API key belongs to the cabinet and not to a person, opens only what you choose and does not run out after a year.
application-old-way-link = Create an API key instead
application-details-title = Settings
application-lifetime = Token lifetime
application-lifetime-days = { $days ->
    [one] { $days } day
   *[other] { $days } days
  }
application-lifetime-year = A year
application-created = Created
application-kind = Kind
application-kind-id = For people who sign in
application-kind-api = For API access or debugging
application-calls = Calls in the last 30 days
application-calls-none = None
application-edit = Edit
application-secret-renewal-title = Client secret
application-secret-renewal-text = Programs prove with it that they are this application. It is shown only when it is created.
application-secret-overlap = The secret before it works until
application-secret-absent = This application is public: it has no secret.
application-renew = Renew secret
application-danger-title = Delete the application
application-danger-text = Every token it ever got stops working at once, and nobody can allow it access again.
application-delete = Delete application

application-renew-title = Renew the secret of { $name }
application-renew-lead = Programs with the old secret have to be given the new one. Tokens already issued go on working.
application-renew-overlap = How long the old secret goes on working
application-renew-overlap-0 = It stops at once
application-renew-overlap-0-hint = If somebody else may know it.
application-renew-overlap-days = { $days ->
    [one] { $days } more day
   *[other] { $days } more days
  }
application-renew-replayed = The secret has been renewed since this form was opened, so nothing was done. Look at the page of the application before you renew it again.
application-renewed-title = { $name } has a new secret
application-renewed-until = The old secret works until
application-renewed-at-once = The old secret does not work any more.

application-delete-title = Delete { $name }
application-delete-effect-tokens = Every token it ever got stops working at once.
application-delete-effect-calls = { $count ->
    [0] Nobody has called with its tokens in the last 30 days.
    [one] { $count } call came with its tokens in the last 30 days.
   *[other] { $count } calls came with its tokens in the last 30 days.
  }
application-delete-effect-final = It cannot be brought back: a new application has another ClientID.
application-delete-type = To confirm, type the name of the application: { $name }
application-delete-mistyped = The name is another one: type “{ $name }”.

# What an application can be allowed: the group, the right, and a sentence for the person who is asked.
scope-group-market = Yandex.Market API
scope-group-login = Personal data
scope-market-partner-api = Product search for partners
scope-market-partner-api-sentence = Read and change everything you can reach in your cabinets through the seller API: goods, prices, orders, reports, settings
scope-login-info = Login, first and last name, sex
scope-login-info-sentence = See your login, first and last name and sex
scope-login-email = E-mail address
scope-login-email-sentence = See your e-mail address
scope-login-avatar = Picture
scope-login-avatar-sentence = See your picture
scope-login-birthday = Date of birth
scope-login-birthday-sentence = See your date of birth
scope-login-default-phone = Telephone number
scope-login-default-phone-sentence = See your telephone number
