"""Single sign-on: who comes in, who is refused, what claims give."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.test import Client
from django.urls import reverse

from tests.platform.sign_on.issuer import CLIENT, SECRET, Issuer
from tidewaiter.platform.accounts import actions
from tidewaiter.platform.accounts.models import Invitation, Office, User
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.sign_on.actions import unlink
from tidewaiter.platform.sign_on.configuration import sign_on
from tidewaiter.platform.sign_on.provider import PROVIDER, subject_of

pytestmark = pytest.mark.django_db
PASSWORD = "the tide waits for no one"


@pytest.fixture(scope="module")
def running():
    made = Issuer()
    yield made
    made.close()


@pytest.fixture
def issuer(running):
    running.reset()
    cache.clear()  # the library counts attempts there
    return running


@pytest.fixture
def configure(issuer, settings, tmp_path):
    """Write the file: `configure('create = true')`."""
    path, secret = tmp_path / "sign-on.toml", tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")

    def write(more: str = "", **changed: str) -> None:
        given = {
            "label": "the Ministry", "issuer": issuer.url, "client_id": CLIENT,
            "client_secret_file": str(secret),
        } | changed  # fmt: skip
        lines = [f'{name} = "{value}"' for name, value in given.items()]
        path.write_text("\n".join([*lines, more]))
        settings.SIGN_ON = str(path)

    write()
    return write


@pytest.fixture
def ann(officer, configure, issuer):
    """An analyst who is linked."""
    user = officer("analyst", offices=["A"], username="ann")
    user.set_password(PASSWORD)
    user.save()
    link(user, issuer)
    return user


def link(user, issuer) -> None:
    subject = subject_of(issuer.url, issuer.subject)
    SocialAccount.objects.create(user=user, provider=PROVIDER, uid=subject)


def come_back(client, issuer, *, begin: str = "", **changed: str):
    """From our log-in page to the provider and back."""
    sent = client.get(reverse("openid_connect_login") + begin)
    assert sent.url.startswith(f"{issuer.url}/authorize?"), sent
    return client.get(reverse("openid_connect_callback"), issuer.send_back(sent.url, **changed))


def inside(client) -> bool:
    return client.get("/").status_code == 200


def refused(answer) -> bool:
    return answer.status_code == 403 and "Not logged in" in answer.content.decode()


def test_it_is_off_until_configured(client, db):
    assert client.get(reverse("openid_connect_login")).status_code == 404
    assert client.get(reverse("openid_connect_callback")).status_code == 404
    assert "sign-on" not in client.get(reverse("account_login")).content.decode()


def test_a_linked_officer_comes_in(client, ann, issuer):
    page = client.get(reverse("account_login")).content.decode()
    assert "Log in with the Ministry" in page
    answer = come_back(client, issuer, begin="?next=/accounts/me/")
    assert answer.url == "/accounts/me/"
    assert inside(client)
    for verb in ("account.login", "account.sign_on"):
        assert Entry.objects.get(action=verb).actor == "ann"
    assert SocialAccount.objects.get().extra_data == {}


def test_the_request_is_bound_to_the_session(client, ann, issuer):
    sent = client.get(reverse("openid_connect_login")).url
    for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256"):
        assert part in sent
    assert "response_type=code" in sent
    assert SECRET not in sent
    stranger = Client()
    assert refused(stranger.get(reverse("openid_connect_callback"), issuer.send_back(sent)))
    assert not inside(stranger)


def test_where_it_leads_back_to_is_never_another_house(client, ann, issuer):
    answer = come_back(client, issuer, begin="?next=https://example.org/")
    assert answer.url == "/"


NOW = int(time.time())
FALSE = {
    "another nonce": {"claims": {"nonce": "other"}},
    "no nonce": {"claims": {"nonce": None}},
    "another issuer": {"claims": {"iss": "https://example.org"}},
    "another audience": {"claims": {"aud": "somebody-else"}},
    "several audiences": {"claims": {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"}},
    "expired": {"claims": {"exp": NOW - 3600, "iat": NOW - 7200}},
    "from tomorrow": {"claims": {"nbf": NOW + 86_400}},
    "for ever": {"claims": {"exp": None}},
    "of nobody": {"claims": {"sub": None}},
    "unsigned": {"algorithm": "none", "key": None},
    "signed with the client's secret": {"algorithm": "HS256", "key": SECRET},
    "an unknown key": {"headers": {"kid": "key-2"}},
    "no key named": {"headers": {}},
}


@pytest.mark.parametrize("how", FALSE)
def test_a_false_token_is_refused(how, client, ann, issuer):
    for name, value in FALSE[how].items():
        setattr(issuer, name, value)
    assert refused(come_back(client, issuer))
    assert not inside(client)
    assert Entry.objects.filter(action="account.sign_on_failed").count() == 1
    assert not Entry.objects.filter(action="account.login").exists()


def test_a_stranger_who_signs_under_the_same_name_is_refused(client, ann, issuer):
    issuer.key = issuer.stranger
    assert refused(come_back(client, issuer))
    assert not inside(client)


def test_answers_that_were_not_asked_for_are_refused(client, ann, issuer):
    back = reverse("openid_connect_callback")
    sent = client.get(reverse("openid_connect_login")).url
    good = issuer.send_back(sent)
    assert refused(client.get(back, {"code": good["code"], "state": "made-up"}))
    assert refused(client.get(back, {"code": good["code"]}))
    assert refused(client.get(back, good | {"iss": "https://example.org"}))
    assert refused(client.get(back, {"state": good["state"], "error": "server_error"}))
    assert not inside(client)
    sent = client.get(reverse("openid_connect_login")).url
    good = issuer.send_back(sent, code="once")
    assert client.get(back, good).status_code == 302
    client.post(reverse("account_logout"))
    assert refused(client.get(back, good))  # the same answer again


def test_a_provider_that_calls_itself_otherwise_is_not_asked(client, ann, issuer):
    issuer.calls_itself = "https://example.org"
    assert refused(client.get(reverse("openid_connect_login")))


def test_a_provider_that_is_away_is_said(client, ann, configure):
    configure(issuer="http://127.0.0.1:9")
    assert refused(client.get(reverse("openid_connect_login")))


def test_an_unknown_subject_is_refused_also_with_a_known_address(client, ann, issuer):
    User.objects.filter(pk=ann.pk).update(email="ann@example.org")
    issuer.subject = "subject-2"
    issuer.claims = {
        "email": "ann@example.org", "email_verified": True, "preferred_username": "ann",
    }  # fmt: skip
    assert refused(come_back(client, issuer))
    assert not inside(client)
    assert User.objects.count() == 1


def test_a_disabled_account_is_refused(client, ann, issuer, officer):
    officer("administrator", national=True)
    actions.set_active(None, ann, active=False)
    assert refused(come_back(client, issuer))


def test_the_same_subject_at_another_provider_is_somebody_else(issuer):
    assert subject_of(issuer.url, "1") != subject_of("https://example.org", "1")


def test_a_one_time_link_ties_the_account(client, officer, configure, issuer):
    bob = officer("inspector", offices=["A"], username="bob")
    secret = actions.invite(None, bob)
    page = client.get(reverse("accounts:welcome", args=[secret])).content.decode()
    assert f"?invitation={secret}" in page
    assert come_back(client, issuer, begin=f"?invitation={secret}").status_code == 302
    assert inside(client)
    assert Entry.objects.filter(action="account.link", subject="bob").count() == 1
    assert Invitation.objects.get().used_at
    again = Client()
    assert again.get(reverse("openid_connect_login"), {"invitation": secret}).status_code == 410
    assert come_back(again, issuer).status_code == 302
    assert inside(again)


def test_a_link_used_meanwhile_ties_nothing(client, officer, configure, issuer):
    bob = officer("inspector", username="bob")
    secret = actions.invite(None, bob)
    sent = client.get(reverse("openid_connect_login"), {"invitation": secret}).url
    actions.accept_invitation(secret, PASSWORD)
    assert refused(client.get(reverse("openid_connect_callback"), issuer.send_back(sent)))
    assert not SocialAccount.objects.exists()


def test_a_subject_that_has_an_account_takes_no_second_one(client, ann, officer, issuer):
    secret = actions.invite(None, officer("administrator", national=True, username="bob"))
    come_back(client, issuer, begin=f"?invitation={secret}")
    assert client.get("/accounts/me/").context["user"].username == "ann"
    assert Invitation.objects.get().used_at is None


def test_the_link_is_taken_away_by_who_manages_the_account(client, ann, officer, issuer):
    come_back(client, issuer)
    with pytest.raises(PermissionDenied):
        unlink(officer("administrator", offices=["B"]), ann)
    unlink(officer("administrator", national=True), ann)
    assert not inside(client)
    assert refused(come_back(client, issuer))


def test_accounts_are_made_only_where_that_is_configured(client, configure, issuer):
    Office.objects.create(code="A")
    issuer.claims = {"preferred_username": "carla", "groups": ["look", "rule"], "office": "A B"}
    assert refused(come_back(client, issuer))
    configure(
        'create = true\n[roles]\nclaim = "groups"\n'
        'map = { look = "analyst", rule = "administrator" }\n[offices]\nclaim = "office"'
    )
    assert come_back(client, issuer).status_code == 302
    carla = User.objects.get(username="carla")
    assert set(carla.role_codes()) == {"analyst"}
    assert carla.scope().codes == {"A"}
    assert not carla.has_usable_password()
    issuer.subject = "subject-2"  # another person of the same name
    assert refused(come_back(Client(), issuer))


def test_claims_decide_rights_at_each_log_in_if_they_are_mapped(ann, configure, issuer):
    configure('[roles]\nclaim = "groups"\nmap = { look = "inspector" }')
    issuer.claims = {"groups": ["look", "operator", "unknown"], "office": ["B"]}
    come_back(Client(), issuer)
    ann = User.objects.get(pk=ann.pk)
    assert ann.role_codes() == ["inspector"]
    assert ann.scope().codes == {"A"}  # offices are not mapped
    assert Entry.objects.filter(action="account.change", subject="ann").count() == 1
    issuer.claims = {}
    come_back(Client(), issuer)
    assert User.objects.get(pk=ann.pk).role_codes() == []


def test_without_a_map_claims_give_nothing(ann, issuer):
    issuer.claims = {"groups": ["administrator"], "roles": ["administrator"], "office": "B"}
    come_back(Client(), issuer)
    ann = User.objects.get(pk=ann.pk)
    assert ann.role_codes() == ["analyst"]
    assert not ann.national


@pytest.mark.parametrize("stated", [False, True])
def test_administrators_only_if_it_is_stated(stated, ann, configure, issuer):
    configure(
        f'[roles]\nclaim = "groups"\nmap = {{ rule = "administrator" }}\n'
        f"administrators = {str(stated).lower()}"
    )
    issuer.claims = {"groups": ["rule"]}
    come_back(Client(), issuer)
    assert ("administrator" in User.objects.get(pk=ann.pk).role_codes()) == stated


def test_a_password_is_taken_of_the_break_glass_administrator_only(client, ann, configure):
    configure('local = ["adam"]')
    adam = actions.create_user(
        None, "adam", actions.Person(), actions.Rights(frozenset(), frozenset(), national=True)
    )
    adam.set_password(PASSWORD)
    adam.save()
    client.post(reverse("account_login"), {"login": "ann", "password": PASSWORD})
    assert not inside(client)
    assert Entry.objects.filter(action="account.login_failed", subject="ann").count() == 1
    client.post(reverse("account_login"), {"login": "adam", "password": PASSWORD})
    assert inside(client)


def add_factor(user) -> None:
    TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert Authenticator.objects.filter(user=user).exists()


def test_our_factor_is_asked_unless_the_provider_had_one_that_counts(ann, configure, issuer):
    add_factor(ann)
    asked = Client()
    assert "/2fa/authenticate/" in come_back(asked, issuer).url
    assert not inside(asked)
    issuer.claims = {"amr": ["pwd", "mfa"]}
    assert "/2fa/authenticate/" in come_back(Client(), issuer).url  # not configured: ours
    configure('factor = { amr = ["mfa"], acr = ["gold"] }')
    for claims in ({"amr": ["pwd", "mfa"]}, {"acr": "gold"}):
        issuer.claims = claims
        given = Client()
        come_back(given, issuer)
        assert inside(given), claims
    issuer.claims = {"amr": ["pwd"]}
    assert "/2fa/authenticate/" in come_back(Client(), issuer).url


def test_who_must_have_a_factor_may_have_given_it_there(ann, configure, issuer, settings):
    settings.SECOND_FACTOR = frozenset({"all"})
    without = Client()
    come_back(without, issuer)
    assert without.get("/").url == reverse("mfa_index")
    configure('factor = { amr = ["mfa"] }')
    issuer.claims = {"amr": ["mfa"]}
    given = Client()
    come_back(given, issuer)
    assert inside(given)
    given.post(reverse("account_logout"))
    given.post(reverse("account_login"), {"login": "ann", "password": PASSWORD})
    assert given.get("/").url == reverse("mfa_index")  # the next log-in is another matter


def test_log_out_says_that_the_provider_s_session_lasts(client, ann, issuer):
    come_back(client, issuer)
    left = client.post(reverse("account_logout"))
    assert left.url == reverse("sign_on_left")
    assert not inside(client)
    assert f"{issuer.url}/end?client_id={CLIENT}" in client.get(left.url).content.decode()
    assert Entry.objects.filter(action="account.logout", actor="ann").count() == 1


def test_a_lock_out_by_passwords_does_not_shut_the_sign_on(client, ann, issuer):
    for _ in range(6):
        cache.clear()
        client.post(reverse("account_login"), {"login": "ann", "password": "wrong"})
    assert Entry.objects.filter(action="account.lockout").exists()
    come_back(client, issuer)
    assert inside(client)


@pytest.mark.parametrize(
    ("more", "changed"),
    [
        ("", {"issuer": "http://idp.example.org"}),
        ("", {"client_secret_file": "/nowhere"}),
        ('algorithms = ["none"]', {}),
        ('algorithms = ["HS256"]', {}),
        ('[roles]\nclaim = "groups"\nmap = { x = "emperor" }', {}),
        ("this is no TOML", {}),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(more, changed, configure):
    configure(more, **changed)
    with pytest.raises(ImproperlyConfigured):
        sign_on()
