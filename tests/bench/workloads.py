# SPDX-License-Identifier: GPL-3.0-or-later
"""The workloads of the benches."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import textwrap
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = SOURCE / "build/native"
PROGRAMS = BUILD / "tests/bench"

PYTHON = """
import ast, json
data = [{"id": i, "name": "n%d" % i, "list": list(range(i % 20)), "deep": {"a": {"b": [i, str(i), None]}}} for i in range(1500)]
text = json.dumps(data)
for _ in range(12):
    assert len(json.loads(text)) == 1500
    json.dumps(json.loads(text), sort_keys=True, indent=1)
source = "\\n".join("def f%d(a, b=%d, *c, **d):\\n    return [x + a for x in c if x > b or d.get('k%d')]" % (i, i, i) for i in range(400))
for _ in range(4):
    compile(ast.parse(source), "x", "exec")
"""
SQL = """
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<30000)
 INSERT INTO t SELECT i, 'name' || (i * 7919 % 10007) || hex(i), i / 3.0 FROM n;
CREATE INDEX x ON t(b);
SELECT count(*), sum(length(g)) FROM (SELECT group_concat(b) AS g FROM t GROUP BY a % 1000);
SELECT count(*) FROM t AS p JOIN t AS q ON q.b = p.b AND q.a > p.a;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<30000)
 SELECT sum(length(printf('%s-%08d', replace(upper(b), 'A', 'xyz'), a))) FROM n JOIN t ON t.a = n.i;
SELECT sum(length(j)) FROM (SELECT json_object('a', a, 'b', json_array(b, c, json(printf('[%d]', a)))) AS j FROM t);
"""
PERL = """
my %h; my @l;
for my $r (1 .. 6) {
    for my $i (1 .. 12000) {
        my $s = "key" . ($i * 7919 % 5003) . ":" . join(",", map { $_ * $i } 1 .. 3);
        my ($k, @v) = split /[:,]/, $s; push @{$h{$k}}, { v => [@v], n => length $s };
        $s =~ s/(\\d+)/<$1>/g; push @l, $s if $i % 3 == 0;
    }
    my @s = sort { $a cmp $b } @l; %h = () if $r % 2; @l = () if $r % 3 == 0; print scalar(@s), "\\n";
}
"""
LIGHTTPD = """
server.document-root = "{0}"
server.pid-file = "{0}/lighttpd.pid"
server.port = {1}
server.bind = "127.0.0.1"
server.max-keep-alive-requests = 1000
server.modules = ("mod_setenv")
setenv.add-response-header = ("X-Load" => "yes")
"""
CXX = """
#include <map>
#include <string>
#include <vector>
#include <functional>
#include <algorithm>
#include <iostream>
#include <memory>
template <int N> struct A { static int f(std::map<std::string, std::vector<int>> &m) { m[std::to_string(N)].push_back(N); return A<N - 1>::f(m); } };
template <> struct A<0> { static int f(std::map<std::string, std::vector<int>> &m) { return int(m.size()); } };
int main() { std::map<std::string, std::vector<int>> m; std::function<int(int)> g = [&](int x) { return x + A<60>::f(m); };
 auto p = std::make_shared<std::vector<std::string>>(); for (auto &e : m) p->push_back(e.first); std::sort(p->begin(), p->end());
 std::cout << g(1) << p->size() << std::endl; }
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Workload:
    """A command; a server is put under load by `load`, until it is told to end."""

    def __init__(self, command, environment=(), load=None, is_slow=False):
        self.command = [str(word) for word in command]
        self.environment = list(environment)
        self.load = load
        self.is_slow = is_slow  # too slow for tools that take a hundred times as long


PIPELINED = 100  # requests of a connection, all sent before the first answer is read


def connect(port):
    """To a server that may have yet to come up."""
    for _ in range(600):
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", int(port)), timeout=60)
        time.sleep(0.05)
    raise TimeoutError(f"nobody answers at port {port}")


def load_lighttpd(directory, scale):
    def request(i):
        last = "Connection: close\r\n" if i % PIPELINED == PIPELINED - 1 else ""
        return (f"GET /page{i % 40}.html?a={i} HTTP/1.1\r\nHost: localhost\r\n"
                f"Cookie: {'x' * (i % 300)}\r\n{last}\r\n").encode()

    def send(connection, first):
        connection.sendall(b"".join(request(i) for i in range(first, first + PIPELINED)))
        answers = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        if answers.count(b"HTTP/1.1 200 OK") != PIPELINED:
            raise RuntimeError("lighttpd does not answer all that it is asked")

    def load(port):
        for i in range(max(1, int(3000 * scale))):
            with connect(port) as connection:
                send(connection, i * PIPELINED)
        # It ends when its connections have; told to end at once while it has one it says exit code 1.
        os.kill(int((directory / "lighttpd.pid").read_text()), signal.SIGINT)
    return load


def workloads(directory, scale):
    def number(n):
        return max(1000, int(n * scale))

    def file(name, text):
        (directory / name).write_text(textwrap.dedent(text))
        return directory / name

    loads = PROGRAMS / "loads"
    cc1plus = subprocess.run(["g++", "-print-prog-name=cc1plus"], capture_output=True, text=True).stdout.strip()
    list_ = {
        "loop": Workload([loads, "loop", number(10e6)]),
        "deep": Workload([PROGRAMS / "parser", max(100, int(7000 * scale))]),
        "deep-c": Workload([loads, "deep", number(5e6)]),
        "threads": Workload([loads, "threads", number(6e6), 2]),
        "threads-4": Workload([loads, "threads", number(6e6), 4]),
        "python3": Workload(["python3", "-S", file("work.py", PYTHON)], ["PYTHONMALLOC=malloc", "PYTHONHASHSEED=1"]),
        "sqlite3": Workload(["sqlite3", ":memory:", ".read " + str(file("work.sql", SQL))]),
        "perl": Workload(["perl", file("work.pl", PERL)], ["PERL_HASH_SEED=0"]),
        "cc1plus": Workload([cc1plus, "-quiet", "-imultiarch", "x86_64-linux-gnu", "-D_GNU_SOURCE", "-O1", file("work.cpp", CXX), "-o", "/dev/null"],
                            is_slow=True),
        "lighttpd": Workload(["/usr/sbin/lighttpd", "-D", "-f", directory / "lighttpd.@PORT.conf"],
                             load=load_lighttpd(directory, scale)),
    }
    return list_


def run(workload, prefix, environment, directory):
    """One process, and its load; its messages."""
    port = str(free_port())
    if workload.load:
        (directory / f"lighttpd.{port}.conf").write_text(LIGHTTPD.format(directory, port))
        for i in range(40):
            (directory / f"page{i}.html").write_text("<p>page\n" * i * 5)
    own = dict(word.split("=", 1) for word in workload.environment)
    process = subprocess.Popen([*prefix, *(word.replace("@PORT", port) for word in workload.command)], cwd=directory,
                               env={**os.environ, **own, **environment}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if workload.load:
        workload.load(port)
    messages = process.communicate()[1]
    if process.returncode != 0:
        sys.exit(f"{workload.command[0]}: exit code {process.returncode}: {messages[-300:]}")
    return messages
