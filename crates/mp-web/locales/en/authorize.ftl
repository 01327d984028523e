# The consent page, its refusals, and the page that shows a token or a code.

consent-title = Allow { $name } access?
consent-from = From { $owner } · { $email }
consent-account = You are signed in as { $account }
consent-other-account = Use another account
consent-rights = The application will be able to
consent-reach = In these cabinets and stores
consent-reach-none = You are not on the staff of any cabinet yet: the token will open nothing until you are.
consent-reach-no-stores = no stores yet
consent-reach-more-stores = { $count ->
    [one] and { $count } more store
   *[other] and { $count } more stores
  }
consent-reach-more-cabinets = { $count ->
    [one] and { $count } more cabinet
   *[other] and { $count } more cabinets
  }
consent-reach-later = Cabinets and stores you are given later are included; those you lose are not.
consent-duration-year = The permission lasts a year.
consent-duration-days = { $days ->
    [one] The permission lasts { $days } day.
   *[other] The permission lasts { $days } days.
  }
consent-end = You can withdraw it at any time under
consent-end-link = Connected applications
consent-allow = Allow access
consent-deny = Deny
consent-destination = The answer goes to { $destination }.
consent-destination-here = The token will be shown to you for copying.
consent-old-way-title = This is the old way
consent-old-way = An API key belongs to the cabinet, opens only what you choose and does not run out after a year.
consent-old-way-link = Create an API key instead

consent-over-title = This request is over
consent-over-text = It was answered already, is older than ten minutes, or belongs to another sign-in. Nothing was changed. To start again, open the link of the application once more.
consent-over-applications = See connected applications

authorize-refused-title = The application’s request cannot be answered
authorize-unknown-client = Unknown client with such client_id
authorize-unknown-client-text = No application has the ClientID “{ $client }”. Compare it with the one on the page of your application: 32 digits and letters a–f. A deleted application cannot be used any more.
authorize-unknown-client-missing = The link has no client_id. Add the ClientID from the page of your application.
authorize-foreign-redirect = redirect_uri does not match the Callback URL defined for the client
authorize-foreign-redirect-text = For your safety, nothing is sent to an address that “{ $name }” has not registered. Addresses are compared letter by letter, with the query and the last slash.
authorize-foreign-redirect-asked = Asked for
authorize-foreign-redirect-registered = Registered
authorize-foreign-redirect-owner = Is this your application? Add the address on its page, or leave redirect_uri out of the link.
authorize-foreign-redirect-edit = Edit Redirect URIs
authorize-invalid-request = The link is not as it should be
authorize-invalid-request-text = The program that made it has to change it: { $problem }.
onward-title = Opening the application
onward-text = You are being taken to { $destination }. If nothing happens, press the button.
onward-go = Open the application
authorize-refused-contact = If a site or program brought you here, tell its authors: { $email }.

code-title-token = Your token
code-title-code = Confirmation code
code-title-error = Access was not given
code-title-nothing = There is nothing to show
code-token-lead = Copy it now and keep it as you would keep a password: whoever has it works in your stores in your name.
code-token-label = Token
code-token-expires = Works until
code-token-removed = The token has been taken out of the address bar. When you leave this page it is not shown; the same link gives it to you again.
code-send-title = How to send it
code-send-text = In the header of every request to the seller API:
code-header-label = Header
code-curl-label = Try it: list your stores
code-code-lead = Enter it in the program that asked for it. It works once and for ten minutes.
code-code-label = Code
code-error-access-denied = You have denied access. The application got nothing, and nothing was changed.
code-error-unauthorized-client = The application may not get tokens in this way. Its owner can change that.
code-error-invalid-scope = The application asked for an access that it has not registered. Tell its authors.
code-error-other = The application’s request was refused. The link it used is not as it should be; tell its authors.
code-nothing-text = A token or a code is shown here after you have allowed an application access. To get one, open the link on the page of your application.
code-nothing-applications = Go to your applications
code-no-script-title = To see the token, look into the address bar
code-no-script-text = Your browser does not run scripts, so this page cannot read the token for you. It stands in the address bar, between “access_token=” and the next “&”. Copy exactly that part. If the address has “error=” in it, access was not given.
code-no-script-history = Afterwards remove this page from the history of the browser: the token stays in it otherwise.
code-old-way = Next time, create an API key: it belongs to the cabinet, opens only what you choose and does not run out after a year.
code-old-way-link = Go to API keys
