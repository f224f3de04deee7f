"""Single sign-on with OpenID Connect: somebody else says who logs in; the house says what he may."""
