# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's own programs for the target, as tests/lib/rootfs unpacks them: what to run, and how to talk to it."""
import os
import socket
import struct
import sys

import live

SQL = """create table t(a integer primary key, b text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
insert into t select i, hex(i * 7919) || ' of many' from n;
create index tb on t(b);
select count(*), sum(length(b)), group_concat(substr(b, 1, 3)) from t where b like '%9%' and a < 100;
"""
PYTHON = "d = {str(i): [i] * (i % 7) for i in range(3000)}\nprint(sum(len(v) for v in d.values()), sorted(d)[:9])"
PERL = ('my %h; $h{"w" . ($_ % 97)} .= chr(65 + $_ % 26) for 1 .. 3000;'
        'print join(",", map { length $h{$_} } sort keys %h), "\\n";')
BASH = """declare -A map; for i in {1..300}; do map[key$i]="$i$i"; done; echo ${#map[@]} ${map[key77]}
f() { for ((i = 0; i < 50; i++)); do echo "line $i"; done; }; x=$(f); echo "${x: -7}"
for i in 1 2 3; do (echo "child $i"; exit $i) || echo "code $?"; done; f | while read -r a b; do c=$b; done
"""
LUA = """local t = {} for i = 1, 3000 do t[#t + 1] = ("x"):rep(i % 50) .. i end
table.sort(t) print(#t, #table.concat(t), t[1], t[#t])"""


def open_root():
    """The set-up to run the userland's programs with; ends the test where there is no userland."""
    userland = os.environ["USERLAND"]
    if not os.path.isdir(userland):
        print("no userland: tests/lib/rootfs makes it, tests/check calls that")
        sys.exit(77)
    return live.Setup(userland)


def fixed_environment(setup):
    """What makes the programs do the same in every run."""
    return {"PYTHONHASHSEED": "0", "PERL_HASH_SEED": "0", "LC_ALL": "C", "HOME": os.getcwd(),
            "PYTHONHOME": os.path.join(setup.root, "usr")}


def commands(setup):
    """(name, argv) of programs that run to their end."""
    def program(path):
        return os.path.join(setup.root, path)

    with open("lines", "w") as lines:
        lines.writelines(f"{number * 7919 % 1000} line\n" for number in range(1000))
    yield "sqlite3", [program("usr/bin/sqlite3"), ":memory:", SQL]
    yield "python3", [program("usr/bin/python3.11"), "-S", "-c", PYTHON]
    yield "perl", [program("usr/bin/perl"), "-e", PERL]
    yield "bash", [program("bin/bash"), "-c", BASH]
    yield "lua", [program("usr/bin/lua5.4"), "-e", LUA]
    yield "busybox-sort", [program("bin/busybox"), "sort", "-n", "lines"]
    yield "busybox-awk", [program("bin/busybox"), "awk", "{ n[$1]++ } END { for (i in n) m += n[i]; print m }",
                          "lines"]
    yield "busybox-sh", [program("bin/busybox"), "sh", "-c",
                         "i=0; while [ $i -lt 200 ]; do i=$((i + 1)); v$i=$i 2>/dev/null; done; (echo sub $i)"]


def start_lighttpd(setup, environment, **options):
    """Serves ./www; returns (port, Popen) once it listens, or has ended."""
    os.makedirs("www", exist_ok=True)
    with open("www/index.html", "w") as page:
        page.write("hello " * 1000)
    port = live.free_port()
    modules = os.path.join(setup.root, "usr/lib/lighttpd")
    with open("lighttpd.conf", "w") as conf:
        conf.write(f'server.document-root = "{os.getcwd()}/www"\nserver.port = {port}\n'
                   'server.bind = "127.0.0.1"\nindex-file.names = ("index.html")\n'
                   'mimetype.assign = (".html" => "text/html")\n')
    server = setup.start([os.path.join(setup.root, "usr/sbin/lighttpd"), "-D", "-f", "lighttpd.conf", "-m", modules],
                         environment, **options)
    live.wait_for(lambda: live.is_listening(port) or server.poll() is not None, "lighttpd to listen")
    return port, server


def start_dnsmasq(setup, environment, **options):
    """Answers from ./hosts; returns (port, Popen) once it answers, or has ended."""
    with open("hosts", "w") as hosts:
        hosts.writelines(f"10.1.{i // 250}.{i % 250 + 1} host{i}.test\n" for i in range(400))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = setup.start([os.path.join(setup.root, "usr/sbin/dnsmasq"), "--no-daemon", "--conf-file=/dev/null",
                          "--no-resolv", "--no-hosts", f"--addn-hosts={os.getcwd()}/hosts", f"--port={port}",
                          "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=", "--cache-size=1000",
                          "--user=", "--group="], environment, **options)
    live.wait_for(lambda: server.poll() is not None or ask_dns(port, "host1.test", 0.2), "dnsmasq to answer")
    return port, server


def ask_dns(port, name, limit=5):
    """The IPv4 address that the server on `port` gives for `name`, "" if it gives none; None: no answer."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query = struct.pack(">HHHHHH", 77, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(limit)
        try:
            client.sendto(query, ("127.0.0.1", port))
            answer = client.recv(2048)
        except OSError:
            return None
    n_answers = struct.unpack(">H", answer[6:8])[0]
    return socket.inet_ntoa(answer[-4:]) if n_answers > 0 else ""
