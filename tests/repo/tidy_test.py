#!/usr/bin/env python3
"""Holds the rules of docs/STYLE.md that a program can hold. Run by ctest as `tidy_test`.

    tests/repo/tidy_test.py [FOLDER]     the checkout to look at; default: the one it stands in

Every check is a function from a tree (path -> text) to problems; the tables that they read stand
first. A problem says where, what, and what to do instead. If a check gets in the way of good code,
change its table, and say why in the commit. The class at the end plants mistakes for each check.
"""

import pathlib
import re
import sys
import unittest

# --- Tables -------------------------------------------------------------------------------------

# What the files of a folder may include, besides their own folder. The longest prefix of a path
# decides. The same arrows as cmake/vf_layers.cmake, which holds them for link sets.
ANYTHING = None
LAYERS = {
    "base": [],
    "base/os": ["base"],
    "gossip": ["base"],
    "gossip/stream": ["base", "gossip"],
    "gossip/tcp": ["base", "base/os", "gossip", "gossip/stream"],
    "gossip/udp": ["base", "base/os", "gossip", "gossip/stream", "gossip/tcp"],
    "gossip/folder": ["base", "base/os", "gossip", "gossip/udp"],
    "gossip/controller": ["base", "gossip"],
    "gossip/controller/main": ["base", "base/os", "gossip", "gossip/controller", "gossip/folder",
                               "gossip/udp", "http", "operator"],
    "operator": ["base", "gossip", "http"],
    "node/store": ["base"],
    "node/store/rocksdb": ["base", "base/os", "node/store"],
    "node/placement": ["base", "gossip"],
    "node/replication": ["base", "gossip", "node/placement", "node/store"],
    "node/data": ["base", "gossip", "gossip/stream", "http/kv_service", "node/placement",
                  "node/replication", "node/store"],
    "node/net": ["base", "base/os", "gossip", "gossip/stream", "node/data", "node/placement",
                 "node/replication", "node/store"],
    "node": ["base", "base/os", "gossip", "gossip/folder", "gossip/stream", "gossip/udp", "http", "http/kv_service", "node/data",
             "node/net", "node/placement", "node/replication", "node/store",
             "node/store/rocksdb", "operator"],
    "http": ["base", "base/os", "http/kv_service"],
    "http/kv_service": ["base"],  # what the frontend knows of the data, and the data of the frontend
    "tools/vfctl": ["base", "base/os"],
    "tools/cluster-sim": ["base", "gossip", "gossip/controller", "gossip/stream", "http/kv_service",
                          "node/data", "node/placement", "node/replication", "node/store"],
    "tools/cluster-sim/main": ["base", "base/os"],
    "tests/support": ANYTHING,
    "tests/node/store": ["base", "base/os", "node/store", "node/store/rocksdb", "tests/support"],
    "tests/fuzz": ANYTHING,
    "tests/sim": ANYTHING,
    "tests/repo": [],
    "tests/e2e": ["base", "tests/support"],
    "bench": ANYTHING,
    "cmake": [],
}
# Layers that are a file, with those that begin like it (main.cc, main_pages.h), and no folder.
FILES = ("/kv_service", "/main")
# tests/X may include what X may, X itself and these.
TESTS_MAY_ALSO = ["tests/support", "base", "base/os"]

# Folders and files without clock, thread, mutex, socket, log or randomness of their own.
PURE = re.compile(
    r"^(base/(?!os/)|gossip/(?!tcp/|udp/|folder/|controller/main)|operator/|node/data/|node/placement/|node/replication/"
    r"|http/(framer|kv_service|target)\b|tools/cluster-sim/(?!main))")
# In pure code, comments and literals apart: what is banned, and what to use instead.
PURE_BANS = [
    (r"\b(steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday)\b",
     "take the time as an argument (base/time.h); clocks live in base/os"),
    (r"\b(random_device|mt19937(_64)?|default_random_engine|\w+_distribution|BitGen)\b",
     "take an Rng as an argument (base/rng.h)"),
    (r"\bstd::(rand|srand|shuffle|random_shuffle|sample)\b", "use Rng (base/rng.h)"),
    (r"\bstd::(jthread|thread|mutex|recursive_mutex|shared_mutex|condition_variable\w*|call_once)\b"
     r"|\babsl::Mutex\b", "an object of the core belongs to one thread; locks belong to the shells"),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|\bsleep\s*\(",
     "return the next deadline; the shell waits"),
    (r"\b(getenv|setlocale)\b", "pass the setting in"),
    (r"#\s*include\s*<(boost/asio|spdlog|CLI|httplib|prometheus|rocksdb|sys/socket|netinet|poll|thread"
     r"|mutex|shared_mutex|condition_variable|random|iostream|fstream)\b",
     "this header belongs to the shells; give the core values instead"),
    (r"#\s*include\s*<(unordered_map|unordered_set|absl/container/(flat|node)_hash_(map|set)\.h)>",
     "use base/lookup_map.h (search only), or a sorted vector or std::map to iterate"),
]
PURE_EXCEPT = {
    "base/lookup_map.h": "unordered_map|flat_hash",  # the one wrapper around a hash map
    "node/data/conflict_log.h": "mutex",  # shared by threads; decides nothing
    "node/data/view_channel.h": "mutex",  # shared by threads; decides nothing
}

# Third-party headers and the only files that may include them. Tests and benchmarks may, too.
THIRD_PARTIES = [
    ("msgpack", r"^gossip/wire/msgpack_(reader|writer)\.cc$"),
    ("openssl/", r"^base/\w+\.cc$"),
    ("xxhash", r"^base/hash64\.(cc|h)$"),
    ("httplib", r"^(http/\w+\.(cc|h)|tools/vfctl/\w+\.cc)$"),
    ("nlohmann/", r"^(http/pages\w*\.cc|tools/[\w-]+/\w+\.cc|tools/cluster-sim/(faults|report)/\w+\.cc)$"),
    ("spdlog/", r"^base/os/\w+\.(cc|h)$"),
    ("CLI/", r"^(base/os/command_line\.cc|tools/[\w-]+/\w+\.cc)$"),
    ("prometheus/", r"^base/os/\w+\.(cc|h)$"),
    ("rocksdb/", r"^node/store/rocksdb/\w+\.(cc|h)$"),
    ("boost/asio", r"^(cmake/asio\.cc|(gossip/tcp|gossip/udp|node/net|node|http)/\w+\.(cc|h)|gossip/controller/main\w*\.cc)$"),
]

# In code of any folder, comments and literals apart.
CODE_BANS = [
    (r"\bDISABLED_\w+", "a test that does not run is worse than none: mend it or remove it"),
    (r"^\s*#\s*if\s+0\b", "remove dead code; git remembers it"),
    (r"\busing\s+namespace\s+std\s*;", "name what you use"),
    (r"\bassert\s*\(", "it vanishes in release builds: use VF_CHECK (base/check.h)"),
]
CODE_BANS_EXCEPT = {}

# In every text file, comments included.
TEXT_BANS = [
    (r"\b(TODO|FIXME|XXX)\b", "do it, or open an issue and say nothing here"),
    (r"(?<![\w.:/])/(work|home/\w+|root)/", "a path of one machine: write it relative to the checkout"),
]
TEXT_BANS_EXCEPT = {"tests/repo/tidy_test.py"}

# File names say their one noun.
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager)\.(h|cc|sh|py)$")

# Where the options of the programs are defined, and where users must find each of them.
OPTION_SOURCES = re.compile(r"^(base/os/\w*options\w*|base/os/command_line|node/options|gossip/controller/main\w*|tools/vfctl/\w+"
                            r"|tools/cluster-sim/main\w*)\.(cc|h)$")
OPTION = re.compile(r'"(?:-\w,)?(--[a-z][a-z0-9-]+)')
OPTION_DOCS = re.compile(r"^(README\.md|docs/.*\.md)$")

SOURCE = re.compile(r"^(base|bench|cmake|gossip|http|node|operator|tests|tools)/.*\.(h|cc)$")
TEXT = re.compile(r"(\.(h|cc|cmake|md|txt|sh|py|json)|^\.ci/run|^\.clang-[a-z]+)$")
REPORT_LONGEST = 10

# --- Reading ------------------------------------------------------------------------------------

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'',
    re.DOTALL)


def code_of(text):
    """C++ without comments and without what stands in literals; includes and lines stay."""
    def blank(match):
        token = match.group()
        if token.startswith(("//", "/*")):
            return "\n" * token.count("\n")
        line_start = text.rfind("\n", 0, match.start()) + 1
        if text[line_start:match.start()].lstrip().startswith("#"):
            return token
        return '""' + "\n" * token.count("\n")
    return TOKEN.sub(blank, text)


def lines_matching(text, pattern):
    compiled = re.compile(pattern)
    for number, line in enumerate(text.split("\n"), 1):
        match = compiled.search(line)
        if match:
            yield number, match.group().strip()


def includes(text, quotes):
    left, right = quotes
    pattern = re.compile(r"^\s*#\s*include\s*" + left + r"([^" + right + r"\n]+)" + right)
    for number, line in enumerate(code_of(text).split("\n"), 1):
        match = pattern.match(line)
        if match:
            yield number, match.group(1)


def layer_of(path):
    """The longest entry of LAYERS that `path` is in: a folder, or main (main.cc, main_pages.h, ...)."""
    stem = re.sub(r"(_test|_property_test|_bench|_fuzz)?\.\w+$", "", path)
    best = None
    for layer in LAYERS:
        inside = stem == layer or path.startswith(layer + ("_" if layer.endswith(FILES) else "/"))
        if inside and (best is None or len(layer) > len(best)):
            best = layer
    return best


def folder_of(layer):
    """The folder that a layer of a single file is in."""
    return layer.rsplit("/", 1)[0] if layer.endswith(FILES) else layer


# --- Checks -------------------------------------------------------------------------------------

def check_layers(tree):
    for path, text in tree.items():
        if not SOURCE.match(path):
            continue
        layer = layer_of(path)
        if layer is None and path.startswith("tests/"):
            mirrored = layer_of(path[len("tests/"):])
            if mirrored is None or LAYERS[mirrored] is ANYTHING:
                continue
            folder = folder_of(mirrored)
            allowed = LAYERS[mirrored] + TESTS_MAY_ALSO + [mirrored, folder, "tests/" + folder]
        elif layer is None:
            yield f"{path}: its folder is in no layer: add it to LAYERS in tests/repo/tidy_test.py"
            continue
        elif LAYERS[layer] is ANYTHING:
            continue
        else:
            allowed = LAYERS[layer] + [layer, folder_of(layer)]
        for number, included in includes(text, '""'):
            target = layer_of(included)
            if target is None and included.startswith("tests/"):
                target = included.rsplit("/", 1)[0]
                ok = any(target == a or target.startswith(a + "/") for a in allowed)
            else:
                ok = target in allowed
            if not ok:
                yield (f"{path}:{number}: includes {included}, but {layer or path.rsplit('/', 1)[0]} may include only "
                       f"{', '.join(sorted(set(allowed)))}: move the code a layer up, or pass a value in")


def check_includes_exist(tree):
    for path, text in tree.items():
        if SOURCE.match(path):
            for number, included in includes(text, '""'):
                if included not in tree:
                    yield (f"{path}:{number}: there is no {included}: write the path from the root of "
                           f"the checkout, and <> for what is not ours")


def check_pure(tree):
    for path, text in tree.items():
        if not SOURCE.match(path) or not PURE.match(path):
            continue
        code = code_of(text)
        for pattern, remedy in PURE_BANS:
            for number, found in lines_matching(code, pattern):
                exception = PURE_EXCEPT.get(path)
                if exception is None or not re.search(exception, found):
                    yield f"{path}:{number}: {found} in pure code: {remedy}"


def check_third_parties(tree):
    for path, text in tree.items():
        if not SOURCE.match(path) or path.startswith(("tests/", "bench/")):
            continue
        for number, included in includes(text, "<>"):
            for prefix, allowed in THIRD_PARTIES:
                if included.startswith(prefix) and not re.match(allowed, path):
                    yield (f"{path}:{number}: <{included}> is confined to {allowed}: use the wrapper there, or "
                           f"add the file to THIRD_PARTIES in tests/repo/tidy_test.py")


def check_code_bans(tree):
    for path, text in tree.items():
        if SOURCE.match(path):
            code = code_of(text)
            for pattern, remedy in CODE_BANS:
                for number, found in lines_matching(code, pattern):
                    if path not in CODE_BANS_EXCEPT.get(pattern, ()):
                        yield f"{path}:{number}: {found}: {remedy}"


def check_text_bans(tree):
    for path, text in tree.items():
        if TEXT.search(path) and path not in TEXT_BANS_EXCEPT:
            for pattern, remedy in TEXT_BANS:
                for number, found in lines_matching(text, pattern):
                    yield f"{path}:{number}: {found}: {remedy}"


def check_names(tree):
    for path in tree:
        if EMPTY_NAMES.search(path.rsplit("/", 1)[-1]):
            yield f"{path}: name the file after the one noun that it holds"


def check_header_openings(tree):
    for path, text in tree.items():
        if path.endswith(".h") and SOURCE.match(path):
            if not text.startswith("//"):
                yield f"{path}:1: a header opens with a comment that says what it is for"
            if "\n#pragma once\n" not in text:
                yield f"{path}: add #pragma once"


def check_sources_in_targets(tree):
    """Each source of tests/ and bench/ stands in a CMakeLists.txt of its folder or of one above."""
    for path in tree:
        if not re.match(r"^(tests|bench)/.*(\.cc|_test\.py|_test\.sh)$", path):
            continue
        folder = path
        while "/" in folder:
            folder = folder.rsplit("/", 1)[0]
            listing = re.sub(r"#[^\n]*", "", tree.get(folder + "/CMakeLists.txt", ""))
            name = re.escape(path[len(folder) + 1:])
            if re.search(r"(^|[\s(/\"])" + name + r"($|[\s)\"])", listing):
                break
        else:
            yield f"{path}: in no target, so it never runs: add it to {path.rsplit('/', 1)[0]}/CMakeLists.txt"


def anchors_of(text):
    anchors = set()
    for heading in re.findall(r"^#+ +(.*?)\s*$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
        anchors.add(words.replace(" ", "-"))
    return anchors


def check_links(tree):
    folders = {path.rsplit("/", depth)[0] for path in tree for depth in range(1, path.count("/") + 1)}
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        prose = re.sub(r"^```.*?^```|^    .*?$", lambda m: "\n" * m.group().count("\n"), text, flags=re.M | re.S)
        for number, line in enumerate(prose.split("\n"), 1):
            for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                file, _, anchor = target.partition("#")
                base = pathlib.PurePosixPath(path).parent if file else pathlib.PurePosixPath()
                parts = []
                for part in (base / (file or path)).parts:
                    if part == "..":
                        parts = parts[:-1]
                    elif part != ".":
                        parts.append(part)
                wanted = "/".join(parts)
                if wanted not in tree and wanted not in folders:
                    yield f"{path}:{number}: the link to {target} leads nowhere: there is no {wanted}"
                elif anchor and wanted in tree and anchor not in anchors_of(tree[wanted]):
                    yield f"{path}:{number}: {wanted} has no heading #{anchor}"


def check_paths_in_docs(tree):
    """`folder/file.h` in backticks is a promise that a reader finds it."""
    # Capitals outside docs/ are placeholders, as in tests/FOLDER/NOUN_test.cc.
    pattern = re.compile(r"`((?:docs/[\w./-]*|(?:base|bench|cmake|gossip|http|node|tests|tools)/[a-z0-9_./-]*)"
                         r"\.(?:h|cc|md|sh|py|txt|cmake))`")
    for path, text in tree.items():
        if path.endswith(".md") and not path.startswith(("docs/decisions/", "CHANGELOG")):
            for number, line in enumerate(text.split("\n"), 1):
                for named in pattern.findall(line):
                    if named not in tree:
                        yield f"{path}:{number}: there is no {named}: name the file that it has become"


def check_options_documented(tree):
    documented = " ".join(text for path, text in tree.items() if OPTION_DOCS.match(path))
    for path, text in tree.items():
        if OPTION_SOURCES.match(path):
            for number, line in enumerate(text.split("\n"), 1):
                for option in OPTION.findall(line):
                    if not re.search(re.escape(option) + r"(?![\w-])", documented):
                        yield f"{path}:{number}: {option} is in no document: describe it in README.md or docs/"


CHECKS = [check_layers, check_includes_exist, check_pure, check_third_parties, check_code_bans,
          check_text_bans, check_names, check_header_openings, check_sources_in_targets, check_links,
          check_paths_in_docs, check_options_documented]


def problems_of(tree):
    return [problem for check in CHECKS for problem in check(tree)]


def read_tree(root):
    tree = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith((".git", "build/")) or "/__pycache__/" in name or not path.is_file():
            continue
        if SOURCE.match(name) or TEXT.search(name):
            tree[name] = path.read_text(encoding="utf-8")
    return tree


# --- The checkout, and planted mistakes ----------------------------------------------------------

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Checkout(unittest.TestCase):
    def test_holds_every_rule(self):
        problems = problems_of(read_tree(ROOT))
        self.assertFalse(problems, "\n" + "\n".join(problems))


class Planted(unittest.TestCase):
    """Each check finds its mistake, and lets pass what only looks like it."""

    def found(self, check, tree):
        return list(check(tree))

    def test_layers(self):
        for path, included in [
            ("http/pages.cc", "gossip/types.h"), ("gossip/swim.cc", "node/store/store.h"),
            ("base/rng.h", "base/os/clocks.h"), ("node/placement/list.h", "node/store/record.h"),
            ("gossip/controller/controller.cc", "gossip/udp/udp_shell.h"),
            ("gossip/controller/controller.cc", "gossip/controller/main_pages.h"),
            ("gossip/controller/main.cc", "node/store/store.h"), ("node/net/link.cc", "http/framer.h"),
            ("node/data/a.cc", "http/listener.h"), ("node/data/a.cc", "base/os/clocks.h"),
            ("node/data/a.cc", "node/data_thread.h"), ("node/replication/a.cc", "http/kv_service.h"),
            ("tests/http/pages_test.cc", "node/node.h"), ("base/a.cc", "tests/support/b.h"),
        ]:
            self.assertEqual(1, len(self.found(check_layers, {path: f'#include "{included}"\n'})), path)
        for path, included in [
            ("http/pages.cc", "base/os/log.h"), ("gossip/swim.cc", "gossip/types.h"),
            ("node/node.cc", "gossip/udp/udp_shell.h"), ("tests/http/a_test.cc", "http/framer.h"),
            ("tests/node/store/a_test.cc", "node/store/record.h"), ("node/main.cc", "node/node.h"),
            ("node/data/a.cc", "http/kv_service.h"), ("node/data_thread.cc", "node/net/peer_client.h"),
            ("tests/node/data/a_test.cc", "http/kv_service.h"), ("http/listener.h", "http/kv_service.h"),
            ("gossip/controller/main.cc", "gossip/controller/controller.h"),
            ("gossip/controller/main_pages.cc", "operator/member_rows.h"),
            ("gossip/controller/main.cc", "gossip/controller/main_pages.h"),
            ("tests/gossip/controller/main_pages_test.cc", "gossip/controller/main_pages.h"),
            ("tests/http/a_test.cc", "tests/http/corpus.h"), ("tests/base/a_test.cc", "tests/support/t.h"),
            ("tests/base/os/a_test.cc", "base/os/log.h"),
        ]:
            self.assertEqual([], self.found(check_layers, {path: f'#include "{included}"\n'}), path)
        self.assertEqual([], self.found(check_layers, {"http/a.h": '// #include "node/node.h"\n'}))
        self.assertEqual(1, len(self.found(check_layers, {"tools/new/a.cc": ""})))

    def test_includes_exist(self):
        self.assertEqual(1, len(self.found(check_includes_exist, {"http/a.cc": '#include "b.h"\n'})))
        self.assertEqual([], self.found(check_includes_exist, {"http/a.cc": '#include "http/b.h"\n', "http/b.h": ""}))

    def test_pure(self):
        for line in ["auto now = std::chrono::steady_clock::now();", "std::mt19937 g;", "std::mutex m;",
                     "std::uniform_int_distribution<int> d;", "#include <boost/asio/io_context.hpp>",
                     "std::this_thread::sleep_for(x);", "#include <unordered_map>", "absl::Mutex m;"]:
            self.assertTrue(self.found(check_pure, {"gossip/swim.cc": line}), line)
            self.assertTrue(self.found(check_pure, {"http/framer.h": line}), line)
            self.assertEqual([], self.found(check_pure, {"gossip/udp/udp_shell.cc": line}), line)
            self.assertEqual([], self.found(check_pure, {"gossip/swim.cc": "// " + line}), line)
        self.assertEqual([], self.found(check_pure, {"base/check.cc": 'Print("never sleep() on a mutex");'}))
        self.assertEqual([], self.found(check_pure, {"gossip/a.cc": "std::chrono::milliseconds m; asleep(1);"}))

    def test_third_parties(self):
        self.assertTrue(self.found(check_third_parties, {"gossip/swim.cc": "#include <msgpack.hpp>\n"}))
        self.assertTrue(self.found(check_third_parties, {"node/node.cc": "#include <httplib.h>\n"}))
        self.assertEqual([], self.found(check_third_parties, {"gossip/wire/msgpack_reader.cc": "#include <msgpack.hpp>\n"}))
        self.assertEqual([], self.found(check_third_parties, {"tests/e2e/a.cc": "#include <nlohmann/json.hpp>\n"}))

    def test_code_bans(self):
        self.assertTrue(self.found(check_code_bans, {"tests/a_test.cc": "TEST(T, DISABLED_Now) {}"}))
        self.assertTrue(self.found(check_code_bans, {"base/a.cc": "assert(x);"}))
        self.assertEqual([], self.found(check_code_bans, {"base/a.cc": "static_assert(x); // assert(y)"}))

    def test_text_bans(self):
        self.assertTrue(self.found(check_text_bans, {"base/a.cc": "// TO" + "DO: later"}))
        self.assertTrue(self.found(check_text_bans, {"docs/a.md": "see /home" + "/me/notes"}))
        self.assertEqual([], self.found(check_text_bans, {"docs/a.md": "https://x.org/wor" + "k/ and network/root/"}))

    def test_names(self):
        self.assertTrue(self.found(check_names, {"base/string_util.h": ""}))
        self.assertEqual([], self.found(check_names, {"base/os/common_options.h": ""}))

    def test_header_openings(self):
        self.assertEqual(2, len(self.found(check_header_openings, {"base/a.h": "#include <vector>\n"})))
        self.assertEqual([], self.found(check_header_openings, {"base/a.h": "// What.\n#pragma once\n"}))

    def test_sources_in_targets(self):
        tree = {"tests/x/a_test.cc": "", "tests/x/CMakeLists.txt": "vf_test(t SOURCES b_test.cc)  # a_test.cc"}
        self.assertEqual(1, len(self.found(check_sources_in_targets, tree)))
        tree["tests/x/CMakeLists.txt"] = "vf_test(t SOURCES a_test.cc)"
        self.assertEqual([], self.found(check_sources_in_targets, tree))
        tree["tests/x/CMakeLists.txt"] = "vf_test(t SOURCES data_test.cc)"
        self.assertEqual(1, len(self.found(check_sources_in_targets, tree)))

    def test_links(self):
        tree = {"docs/a.md": "[b](b.md#one-two) [c](../README.md) [w](https://x.org) `[n](gone.md)`",
                "docs/b.md": "# One, two", "README.md": "[docs](docs/) [a](docs/a.md)"}
        self.assertEqual([], self.found(check_links, tree))
        tree["docs/b.md"] = "[x](gone.md) [y](a.md#gone)"
        self.assertEqual(3, len(self.found(check_links, tree)))

    def test_paths_in_docs(self):
        self.assertTrue(self.found(check_paths_in_docs, {"docs/a.md": "see `gossip/gone.h`"}))
        self.assertEqual([], self.found(check_paths_in_docs, {
            "docs/a.md": "see `build/x.h`, `base/`, `docs/a.md`, `tests/FOLDER/NOUN_test.cc`"}))

    def test_options_documented(self):
        tree = {"node/options.cc": 'app.add_option("--min-acks", x);', "README.md": "`--min-acks-of-all`"}
        self.assertEqual(1, len(self.found(check_options_documented, tree)))
        tree["README.md"] = "`--min-acks A`"
        self.assertEqual([], self.found(check_options_documented, tree))


def report_longest(tree):
    lengths = sorted(((text.count("\n"), path) for path, text in tree.items() if SOURCE.match(path)), reverse=True)
    print(f"{len(lengths)} source files, {sum(n for n, _ in lengths)} lines; the longest:")
    for lines, path in lengths[:REPORT_LONGEST]:
        print(f"  {lines:5d} {path}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    report_longest(read_tree(ROOT))
    sys.stdout.flush()
    unittest.main()
