# SPDX-License-Identifier: MIT
"""push-doctor --check: what it finds, with which line and which remedy."""

import grp
import json
import os
import re
import shutil
import subprocess

import pytest

from harness import process
from harness.site import build

SECRET = "0123456789abcdef0123456789abcdef"
PUBLIC = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""


class Doctor:
    """A folder that every user may enter, with a push.conf."""

    def __init__(self, stage):
        self.folder = stage.sub("etc")
        os.chmod(self.folder, 0o755)
        # another user may be unable to enter the build folder
        self.program = shutil.copy(build("push-doctor"), self.folder)
        self.table = ""
        self.status, self.out = None, ""

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def check(self, text, mode=0o600, user=None, env=None, arguments=None):
        """The lines that it prints for these settings."""
        path = self.write("push.conf", text, mode)
        done = subprocess.run(
            [self.program, *(arguments or ["--check", path])],
            capture_output=True,
            text=True,
            env={
                **process.clean_environment({"limit.table": self.table}),
                **(env or {}),
            },
            timeout=60,
            check=False,
            **({"user": user, "group": user, "extra_groups": []} if user else {}),
        )
        assert done.stderr == "", done.stderr
        self.status, self.out = done.returncode, done.stdout
        return done.stdout.splitlines()

    def found(self, level):
        return [
            line.partition(": ")[2]
            for line in self.out.splitlines()
            if line.startswith(level + ": ")
        ]

    def one_error(self):
        assert self.status == 1, self.out
        assert self.found("warning") == [], self.out
        errors = self.found("error")
        assert len(errors) == 1, self.out
        return errors[0]

    def remedies(self):
        return [l[1:] for l in self.out.splitlines() if l.startswith("\t")]


@pytest.fixture
def doctor(stage):
    return Doctor(stage)


NOBODY = 65534


def as_nobody(mode=0o644):
    """How to check as a user who may not read everything."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    return {"user": NOBODY, "mode": mode}


def test_settings_that_are_right(doctor):
    lines = doctor.check("[hold]\nbeat = 7\n")
    assert doctor.status == 0
    assert lines[0] == f"Settings file: {doctor.folder}/push.conf"
    assert lines[1] == "Redis: 127.0.0.1:6379/0"
    assert re.fullmatch(r"User: \S+", lines[2])
    assert lines[-1] == "0 errors, 0 warnings."


def test_the_environment_names_the_file(doctor):
    path = doctor.write("other.conf", "[bus]\nurl = unix:///r.sock?db=3\n")
    env = {"PUSHCGI_CONF": path, "PUSHCGI_HOLD_BEET": "3"}
    lines = doctor.check("", env=env, arguments=["--check"])
    assert lines[0] == f"Settings file: {path}"
    assert "did you mean PUSHCGI_HOLD_BEAT?" in doctor.one_error()


def test_a_file_that_does_not_exist(doctor):
    doctor.check("", arguments=["--check", "/nonexistent.conf"])
    assert doctor.one_error().startswith("/nonexistent.conf: cannot open: ")


def test_each_wrong_line_is_an_error_as_the_programs_say_it(doctor):
    doctor.check("[hold]\nbeat = often\nwiat = 7\n\n[histroy]\nttl = 5\n")
    path = f"{doctor.folder}/push.conf"
    assert doctor.found("error") == [
        f'{path}:2: hold.beat = "often": expected an integer from 1 to 3600'
        " (seconds)",
        f'{path}:3: unknown setting "wiat" in section [hold]; did you mean'
        ' "wait"?',
        f"{path}:6: unknown section [histroy]; did you mean [history]?",
    ]
    assert doctor.status == 1
    program = subprocess.run(
        [build("fcgi", "poll.fcgi"), "--print-conf", "--conf", path],
        capture_output=True,
        text=True,
        env=process.clean_environment(),
        check=False,
        timeout=60,
    )
    assert doctor.found("error")[0] in program.stderr


@pytest.mark.parametrize(
    "url", ["redis://u:hunter2@h.example:7/1", "redis://u:hunter2@h:x"]
)
def test_no_password_is_printed(doctor, url):
    doctor.check(f"[bus]\nurl = {url}\n[access]\nsecret = hunter2\n")
    assert "hunter2" not in doctor.out


def test_the_address_of_redis_has_no_password(doctor):
    lines = doctor.check("[bus]\nurl = redis://u:hunter2@h.example:7/1\n")
    assert lines[1] == "Redis: h.example:7/1"
    lines = doctor.check(
        "[bus]\nsentinel = u:hunter2@a,b:7\nmaster = shop\n"
    )
    assert lines[1] == "Redis: shop/0, known to Sentinel a:26379, b:7"


# --- files --------------------------------------------------------------------


def test_a_secret_file_that_is_missing_or_no_secret(doctor):
    path = f"{doctor.folder}/secret"
    doctor.check(f"[access]\nsecret_file = {path}\n")
    assert re.match(
        f"access.secret_file: The secret in {path} cannot be read: ",
        doctor.one_error(),
    )
    (remedy, *_) = doctor.remedies()
    assert remedy.startswith("push-token --new-secret | install -m 0640 ")
    assert remedy.endswith(f" {path}")
    doctor.write("secret", "short\n")
    doctor.check(f"[access]\npublish_secret_file = {path}\n")
    assert "must not be shorter than 16" in doctor.one_error()
    assert "short\n" not in doctor.out.replace("shorter", "")


def test_a_secret_file_that_this_user_may_not_read(doctor):
    path = doctor.write("secret", SECRET + "\n", 0o600)
    lines = doctor.check(f"[access]\nsecret_file = {path}\n", **as_nobody())
    assert lines[2] == "User: nobody"
    assert "cannot be read: Permission denied" in doctor.one_error()
    assert doctor.remedies() == [
        f"chgrp nogroup {path} && chmod g+r {path}"
    ]
    doctor.check(f"[access]\nsecret_file = {path}\n")
    assert doctor.status == 0, doctor.out
    assert "root may use every file" in doctor.out


def test_settings_that_this_user_may_not_read(doctor):
    doctor.check("", **as_nobody(0o600))
    assert "push.conf: cannot open: Permission denied" in doctor.one_error()


def test_a_file_that_another_group_may_read(doctor):
    key = doctor.write("key", SECRET, 0o640)
    user = as_nobody()
    os.chown(key, 0, grp.getgrnam("www-data").gr_gid)
    doctor.check(f"[access]\njwt_key_file = {key}\n", **user)
    assert "cannot be read: Permission denied" in doctor.one_error()
    assert doctor.remedies() == ["adduser nobody www-data"]
    assert "Who only publishes need not read it" in doctor.out


def test_a_secret_file_that_everybody_can_read(doctor):
    path = doctor.write("secret", SECRET + "\n", 0o644)
    doctor.check(f"[access]\nsecret_file = {path}\n")
    assert "every user of this machine can read" in doctor.one_error()
    assert f"chmod o-r {path}" in doctor.remedies()
    assert SECRET not in doctor.out


def test_a_secret_file_that_everybody_can_change(doctor):
    path = doctor.write("secret", SECRET + "\n", 0o602)
    doctor.check(f"[access]\nsecret_file = {path}\n")
    assert "every user of this machine can change" in doctor.one_error()
    assert f"chmod o-w {path}" in doctor.remedies()


@pytest.mark.parametrize(
    "text",
    [
        "[bus]\nurl = redis://:word@127.0.0.1/0\n",
        f"[access]\nsecret = {SECRET}\n",
        f"[access]\njwt_key = {SECRET}\n",
    ],
)
def test_settings_with_a_secret_that_everybody_can_read(doctor, text):
    doctor.check(text, 0o644)
    assert doctor.one_error().startswith("settings: every user of this ")
    doctor.check(text, 0o640)
    assert doctor.status == 0, doctor.out


def test_settings_without_a_secret_may_be_read_but_not_changed(doctor):
    doctor.check("[hold]\nbeat = 7\n", 0o644)
    assert doctor.status == 0, doctor.out
    doctor.check("[hold]\nbeat = 7\n", 0o646)
    assert "can change" in doctor.one_error()


def test_a_key_of_tokens_that_is_none(doctor):
    path = doctor.write("key", "too short\n")
    doctor.check(f"[access]\njwt_key_file = {path}\n")
    assert "The secret is shorter than 32 bytes" in doctor.one_error()
    doctor.check("[access]\njwt_key_file = /nonexistent\n")
    assert "/nonexistent cannot be read: No such file" in doctor.one_error()


def test_a_public_key_may_be_read_and_a_secret_one_not(doctor):
    path = doctor.write("key", PUBLIC, 0o644)
    doctor.check(f"[access]\njwt_key_file = {path}\n")
    assert doctor.status == 0, doctor.out
    path = doctor.write("key", SECRET, 0o644)
    doctor.check(f"[access]\njwt_key_file = {path}\n")
    assert "every user of this machine can read" in doctor.one_error()


def test_a_private_key_that_should_be_a_public_one(doctor):
    path = doctor.write("key", PUBLIC.replace("PUBLIC", "PRIVATE"), 0o644)
    doctor.check(f"[access]\njwt_key_file = {path}\n")
    private, readable = doctor.found("error")
    assert "The key is a private one" in private
    assert "every user of this machine can read" in readable


def test_a_set_of_keys_that_is_none(doctor):
    path = doctor.write("jwks", "{}")
    doctor.check(f"[access]\njwks_file = {path}\n")
    assert "no JSON Web Key Set" in doctor.one_error()


def test_keys_of_a_set_that_are_not_used(doctor):
    path = doctor.write("jwks", json.dumps({"keys": [{"kty": "OKP"}]}))
    doctor.check(f"[access]\njwks_file = {path}\n")
    assert doctor.status == 0
    (warning,) = doctor.found("warning")
    assert "1 of the keys cannot be used: a key of another type" in warning


def test_a_set_with_a_secret_that_everybody_can_read(doctor):
    key = {"kty": "oct", "k": "A" * 43}
    path = doctor.write("jwks", json.dumps({"keys": [key]}), 0o644)
    doctor.check(f"[access]\njwks_file = {path}\n")
    assert "every user of this machine can read" in doctor.one_error()


def test_files_of_tls_that_cannot_be_read(doctor):
    doctor.check("[bus]\nurl = rediss://h\ntls_ca = /nonexistent\n")
    assert doctor.one_error().startswith("bus.tls_ca: /nonexistent cannot ")


def test_a_private_key_that_everybody_can_read(doctor):
    cert = doctor.write("cert", "a certificate", 0o644)
    key = doctor.write("key", "a key", 0o644)
    tls = f"[bus]\nurl = rediss://h\ntls_cert = {cert}\n"
    doctor.check(tls + f"tls_key = {key}\n")
    assert doctor.one_error().startswith("bus.tls_key: every user ")
    doctor.check(tls)
    assert doctor.one_error().startswith("bus.tls_cert: every user ")


def test_a_password_of_sentinels_that_everybody_can_read(doctor):
    path = doctor.write("word", "hunter2\n", 0o644)
    doctor.check(
        f"[bus]\nsentinel = a\nmaster = b\nsentinel_password_file = {path}\n"
    )
    assert doctor.one_error().startswith("bus.sentinel_password_file: every")
    assert "hunter2" not in doctor.out


def test_a_spool_that_does_not_exist(doctor):
    path = f"{doctor.folder}/a/b"
    doctor.check(f"[publish]\nspool = {path}\n")
    assert f"publish.spool: {path} does not exist" in doctor.one_error()
    assert f"install -d -o www-data -g www-data -m 0700 {path}" in (
        doctor.remedies()
    )
    assert not os.path.exists(f"{doctor.folder}/a")


def test_a_spool_that_is_a_file(doctor):
    path = doctor.write("spool", "")
    doctor.check(f"[publish]\nspool = {path}\n")
    assert doctor.one_error().endswith("spool is not a folder.")


def test_a_spool_of_another_user(doctor):
    path = f"{doctor.folder}/spool"
    os.mkdir(path, 0o700)
    doctor.check(f"[publish]\nspool = {path}\n")
    assert doctor.status == 0, doctor.out
    doctor.check(f"[publish]\nspool = {path}\n", **as_nobody())
    assert "does not belong to this user, but to uid 0" in doctor.one_error()


def test_a_spool_that_this_user_can_create(doctor):
    folder = f"{doctor.folder}/mine"
    os.mkdir(folder)
    settings = f"[publish]\nspool = {folder}/spool\n"
    doctor.check(settings, **as_nobody())
    assert "this user cannot create it" in doctor.one_error()
    os.chown(folder, NOBODY, NOBODY)
    doctor.check(settings, **as_nobody())
    assert doctor.status == 0, doctor.out


def test_a_spool_of_the_units_is_left_to_systemd(doctor):
    doctor.check("[publish]\nspool = /var/lib/pushcgi/spool\n")
    assert doctor.status == 0, doctor.out
    assert doctor.found("error") == []


def test_a_table_that_cannot_be_opened(doctor):
    doctor.table = "/nonexistent/table"
    doctor.check("")
    assert doctor.status == 0
    (warning,) = doctor.found("warning")
    assert warning.startswith("limit.table: /nonexistent/table cannot be ")


# --- the command --------------------------------------------------------------


def test_settings_that_do_not_go_together_are_a_warning(doctor):
    doctor.check('[hold]\nbeat = 100\n[channel "*"]\n[channel "a"]\n')
    assert doctor.status == 0
    beat, section = doctor.found("warning")
    assert beat.startswith("hold.beat = 100: ")
    assert section.startswith(f"{doctor.folder}/push.conf:4: [channel \"a\"]")
    assert doctor.out.endswith("0 errors, 2 warnings.\n")


def test_a_wrong_command_line_is_2():
    for arguments in (["--access"], ["--chek"], ["--check", "a", "b"]):
        done = subprocess.run(
            [build("push-doctor"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "push-doctor: " in done.stderr and "--help" in done.stderr


def test_the_shipped_settings_are_right(doctor):
    """As they are and with all lines that are comments; the files are not
    there."""
    with open(build("deploy", "push.conf"), encoding="utf-8") as f:
        text = f.read()
    for settings in (text, re.sub(r"(?m)^#(?=\[|[a-z_]+ =)", "", text)):
        lines = doctor.check(settings, 0o644)
        wrong = [e for e in doctor.found("error") if "No such file" not in e]
        assert wrong == [], doctor.out
        assert "Redis: 127.0.0.1:6379/0" in lines


def test_who_may_use_a_channel_and_which_line_says_so(doctor):
    path = f"{doctor.folder}/push.conf"
    settings = '[access]\nsubscribe = any\n[channel "a-*"]\nsubscribe = user\n'
    for channel, who, line in (
        ("a-eva", 'may: the user "eva" (', f'{path}:4: subscribe in [channel "a-*"]'),
        ("b", "may: everybody.", f"{path}:2: access.subscribe."),
    ):
        arguments = ["--access", channel, "--conf", path]
        doctor.check(settings, arguments=arguments)
        said = doctor.found("note")[0]
        assert said.startswith(f"To subscribe to {channel} by HTTP ")
        assert who in said and line in said
