// SPDX-License-Identifier: GPL-3.0-or-later
// Files of the target are found as the target would find them, and nothing outside is ever opened.
#include "check.h"
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[PATH_MAX]; // holds root/, extra/ and outside/

static const char *in_base(const char *path)
{
	static char text[2 * PATH_MAX];
	snprintf(text, sizeof(text), "%s/%s", base, path);
	return text;
}

static void make_dir(const char *path)
{
	CHECK_EQ(mkdir(in_base(path), 0755), 0);
}

static void make_file(const char *path, const char *text)
{
	int fd = open(in_base(path), O_WRONLY | O_CREAT | O_EXCL, 0644);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK_EQ(close(fd), 0);
}

static void make_link(const char *target, const char *path)
{
	CHECK_EQ(symlink(target, in_base(path)), 0);
}

static void make_tree(void)
{
	make_dir("root");
	make_dir("root/usr");
	make_dir("root/usr/lib");
	make_dir("root/usr/lib/deep");
	make_dir("root/etc");
	make_dir("outside");
	make_dir("extra");
	make_dir("extra/opt");
	make_file("outside/secret", "outside");
	make_file("root/usr/lib/libc.so", "libc");
	make_file("root/etc/passwd", "inside");
	make_file("root/usr/lib/gone.so", "replaced");
	make_file("root/name (deleted)", "really so named");
	make_file("extra/flat.so", "flat");
	make_file("extra/opt/kept.so", "kept");
	make_link("usr/lib", "root/lib");
	make_link("/usr/lib", "root/lib64");
	make_link("/usr/lib/libc.so", "root/usr/lib/deep/absolute.so");
	make_link("../libc.so", "root/usr/lib/deep/relative.so");
	make_link("../../../../../../etc/passwd", "root/usr/lib/deep/climber");
	make_link("../outside/secret", "root/escape");
	make_link(in_base("outside/secret"), "root/host");
	make_link("/../../../../../../../../../../../etc/hostname", "root/absolute_climber");
	make_link("loop", "root/loop");
	make_link("ping", "root/pong");
	make_link("pong", "root/ping");
	make_link("down/down/down", "root/down"); // grows with each step
	make_link("/proc/self/exe", "root/magic");
	CHECK_EQ(mkfifo(in_base("root/fifo"), 0644), 0);
	make_link("fifo", "root/to_fifo");
}

// What rootfs_open finds: its text, or the error's name.
static const char *found(const struct rootfs *rootfs, const char *path)
{
	static char text[64];
	int fd = rootfs_open(rootfs, path);
	if (fd < 0) {
		snprintf(text, sizeof(text), "%s", strerrorname_np(errno));
		return text;
	}
	ssize_t length = read(fd, text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = '\0';
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	close(fd);
	return text;
}

static void links_stay_inside(const struct rootfs *rootfs)
{
	CHECK_STR(found(rootfs, "/usr/lib/libc.so"), "libc");
	CHECK_STR(found(rootfs, "//usr/./lib//libc.so"), "libc");
	CHECK_STR(found(rootfs, "usr/lib/libc.so"), "libc");
	CHECK_STR(found(rootfs, "/lib/libc.so"), "libc");
	CHECK_STR(found(rootfs, "/lib64/libc.so"), "libc");
	CHECK_STR(found(rootfs, "/lib64/deep/absolute.so"), "libc");
	CHECK_STR(found(rootfs, "/lib64/deep/relative.so"), "libc");
	CHECK_STR(found(rootfs, "/lib/deep/../libc.so"), "libc");
	CHECK_STR(found(rootfs, "/lib/deep/climber"), "inside");
	CHECK_STR(found(rootfs, "/../../../etc/passwd"), "inside");
}

static void nothing_outside_is_opened(const struct rootfs *rootfs)
{
	CHECK_STR(found(rootfs, "/escape"), "ENOENT");
	CHECK_STR(found(rootfs, "/host"), "ENOENT");
	CHECK_STR(found(rootfs, "/../outside/secret"), "ENOENT");
	CHECK_STR(found(rootfs, in_base("outside/secret")), "ENOENT");
	CHECK_STR(found(rootfs, "/absolute_climber"), "ENOENT");
	CHECK_STR(found(rootfs, "/magic"), "ENOENT");
	CHECK_STR(found(rootfs, "/proc/self/exe"), "ENOENT");
}

static void endless_links_are_refused(const struct rootfs *rootfs)
{
	CHECK_STR(found(rootfs, "/loop"), "ELOOP");
	CHECK_STR(found(rootfs, "/ping"), "ELOOP");
	CHECK_STR(found(rootfs, "/down"), "ELOOP");
}

static void only_regular_files_are_opened(const struct rootfs *rootfs)
{
	CHECK_STR(found(rootfs, "/fifo"), "EOPNOTSUPP"); // and does not wait for a writer
	CHECK_STR(found(rootfs, "/to_fifo"), "EOPNOTSUPP");
	CHECK_STR(found(rootfs, "/usr/lib"), "EISDIR");
	CHECK_STR(found(rootfs, "/"), "EISDIR");
	CHECK_STR(found(rootfs, ""), "EISDIR");
	CHECK_STR(found(rootfs, "/etc/passwd/more"), "ENOENT");
}

static void absurd_paths_are_refused(const struct rootfs *rootfs)
{
	static char longest[3 * PATH_MAX], deep[1024];
	memset(longest, 'x', sizeof(longest) - 1);
	CHECK_STR(found(rootfs, longest), "ENAMETOOLONG");
	for (size_t i = 0; i + 2 < sizeof(deep); i += 2) {
		memcpy(deep + i, "d/", 3);
	}
	CHECK_STR(found(rootfs, deep), "ENOENT");
}

static void own_path_in_front_is_taken_off(const struct rootfs *rootfs)
{
	CHECK_STR(found(rootfs, in_base("root/lib/libc.so")), "libc");
	CHECK_STR(found(rootfs, in_base("root/lib/deep/climber")), "inside");
	CHECK_STR(found(rootfs, in_base("rootless/lib/libc.so")), "ENOENT");
}

static void deleted_files_are_looked_for_by_name(const struct rootfs *rootfs)
{
	CHECK_STR(found(rootfs, "/usr/lib/gone.so (deleted)"), "replaced");
	CHECK_STR(found(rootfs, "/name (deleted)"), "really so named");
	CHECK_STR(found(rootfs, " (deleted)"), "ENOENT");
}

static bool accept_none(int fd, void *context)
{
	unsigned *n_asked = context;
	CHECK(fd >= 0);
	++*n_asked;
	return false;
}

static void extra_trees_come_after(struct rootfs *rootfs)
{
	CHECK_STR(found(rootfs, "/opt/kept.so"), "ENOENT");
	CHECK(!rootfs_add_extra(rootfs, in_base("absent")));
	CHECK(rootfs_add_extra(rootfs, in_base("extra")));
	CHECK_STR(found(rootfs, "/opt/kept.so"), "kept");
	CHECK_STR(found(rootfs, "/some/where/flat.so"), "flat");
	CHECK_STR(found(rootfs, "/some/where/flat.so (deleted)"), "flat");
	make_file("extra/libc.so", "other libc");
	CHECK_STR(found(rootfs, "/usr/lib/libc.so"), "libc");

	unsigned n_asked = 0;
	CHECK(rootfs_search(rootfs, "/usr/lib/libc.so", accept_none, &n_asked) < 0);
	CHECK_EQ(errno, ENOENT);
	CHECK_EQ(n_asked, 2); // the root's, then the extra tree's
}

// A tree laid over another is one with it, links included, and neither leads out of both.
static void trees_lie_over_each_other(void)
{
	make_dir("over");
	make_dir("over/usr");
	make_dir("over/usr/lib");
	make_dir("over/usr/lib/deep"); // empty
	make_dir("over/opt");
	make_file("over/usr/lib/libc.so", "patched libc");
	make_file("over/opt/new.so", "new");
	make_file("over/etc", "a file over a directory");
	make_link("/usr/lib/gone.so", "over/opt/down.so"); // is in the tree below
	make_link("../../lib/deep/climber", "over/usr/lib/up");
	make_link("../../../outside/secret", "over/opt/escape");
	make_link("/opt/new.so", "root/to_new"); // leads to the tree above
	make_link("loop", "over/loop");
	CHECK_EQ(mkfifo(in_base("over/usr/lib/relative.so"), 0644), 0);
	struct rootfs *rootfs = rootfs_new();
	CHECK(rootfs_add_tree(rootfs, in_base("over")));
	CHECK(rootfs_add_tree(rootfs, in_base("root")));
	CHECK(strstr(rootfs_name(rootfs), "/over and ") != NULL);
	CHECK_STR(found(rootfs, "/usr/lib/libc.so"), "patched libc");
	CHECK_STR(found(rootfs, "/lib/libc.so"),
		  "patched libc"); // by a link that only the lower has
	CHECK_STR(found(rootfs, "/lib64/deep/relative.so"), "patched libc");
	CHECK_STR(found(rootfs, "/usr/lib/gone.so"), "replaced");
	CHECK_STR(found(rootfs, "/opt/down.so"), "replaced");
	CHECK_STR(found(rootfs, "/to_new"), "new");
	CHECK_STR(found(rootfs, "/opt/../../lib/../../opt/new.so"), "new");
	CHECK_STR(found(rootfs, "/opt/escape"), "ENOENT");
	CHECK_STR(found(rootfs, "/escape"), "ENOENT");
	CHECK_STR(found(rootfs, "/etc"), "a file over a directory");
	CHECK_STR(found(rootfs, "/loop"), "ELOOP");
	CHECK_STR(found(rootfs, "/usr/lib/relative.so"), "EOPNOTSUPP");
	CHECK_STR(found(rootfs, in_base("over/opt/new.so")), "new");
	CHECK_STR(found(rootfs, in_base("root/usr/lib/gone.so")), "replaced");
	// What is hidden is found where that which hides it is not accepted.
	unsigned n_asked = 0;
	CHECK(rootfs_search(rootfs, "/usr/lib/libc.so", accept_none, &n_asked) < 0);
	CHECK_EQ(n_asked, 3);
	for (unsigned i = 2; i < 8; i++) {
		CHECK(rootfs_add_tree(rootfs, in_base("root")));
	}
	CHECK(!rootfs_add_tree(rootfs, in_base("root")));
	CHECK_STR(found(rootfs, "/usr/lib/gone.so"), "replaced");
	rootfs_free(rootfs);
}

static void debug_trees_are_searched_alone(struct rootfs *rootfs)
{
	make_dir("debug");
	make_dir("debug/usr");
	make_file("debug/usr/x.debug", "debug");
	make_link("/usr/x.debug", "debug/x.debug");
	make_link("../outside/secret", "debug/escape");
	CHECK(!rootfs_add_debug(rootfs, in_base("absent")));
	CHECK(rootfs_add_debug(rootfs, in_base("debug")));
	CHECK_STR(found(rootfs, "/usr/x.debug"), "ENOENT");
	int fd = rootfs_search_debug(rootfs, "/x.debug", NULL, NULL);
	CHECK(fd >= 0);
	close(fd);
	CHECK(rootfs_search_debug(rootfs, "/escape", NULL, NULL) < 0);
	CHECK(rootfs_search_debug(rootfs, "/usr/lib/libc.so", NULL, NULL) < 0);
}

static void root_of_the_machine_works(void)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	CHECK(length > 0);
	self[length > 0 ? length : 0] = '\0';
	struct rootfs *rootfs = rootfs_new();
	CHECK(rootfs_add_tree(rootfs, "/"));
	CHECK_STR(found(rootfs, self) + 1, "ELF\x02\x01\x01"); // up to the first zero byte
	CHECK_STR(found(rootfs, in_base("root/escape")), "outside");
	rootfs_free(rootfs);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(base, sizeof(base), "%s/test_rootfs.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(base) == NULL) {
		perror(base);
		return 1;
	}
	make_tree();
	struct rootfs *rootfs = rootfs_new();
	CHECK(!rootfs_add_tree(rootfs, in_base("absent")));
	CHECK(!rootfs_add_tree(rootfs, in_base("root/etc/passwd")));
	CHECK(rootfs_add_tree(rootfs, in_base("root")));
	CHECK_STR(rootfs_name(rootfs), in_base("root"));
	links_stay_inside(rootfs);
	nothing_outside_is_opened(rootfs);
	endless_links_are_refused(rootfs);
	only_regular_files_are_opened(rootfs);
	absurd_paths_are_refused(rootfs);
	own_path_in_front_is_taken_off(rootfs);
	deleted_files_are_looked_for_by_name(rootfs);
	extra_trees_come_after(rootfs);
	debug_trees_are_searched_alone(rootfs);
	trees_lie_over_each_other();
	rootfs_free(rootfs);
	root_of_the_machine_works();
	char command[PATH_MAX + 16];
	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	CHECK_EQ(system(command), 0); // NOLINT(cert-env33-c)
	return check_result();
}
