// SPDX-License-Identifier: GPL-3.0-or-later
// Call sites of compiled files get the names, lines and inlined callers the source has, or none at all.
#include "../../libdumpalloc/wire.h"
#include "call_site.h"
#include "check.h"
#include "elf_file.h"
#include "rootfs.h"
#include "snapshot.h"
#include "symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[PATH_MAX]; // the sources are here, the target's files in root/

static struct symbols_target native;
static const struct symbols_target mipsel = { EM_MIPS, 4, WIRE_LITTLE_ENDIAN };
static const struct symbols_target mips = { EM_MIPS, 4, WIRE_BIG_ENDIAN };
static const struct symbols_target armhf = { EM_ARM, 4, WIRE_LITTLE_ENDIAN };
static const struct symbols_target arm64 = { EM_AARCH64, 8, WIRE_LITTLE_ENDIAN };

// Calls stand on lines of their own. `mark` is defined nowhere the compiler can see.
static const char source_c[] = "extern void *mark(int);\n"
			       "void *volatile kept;\n"
			       "static inline __attribute__((always_inline)) void inner(int n)\n"
			       "{\n"
			       "	kept = mark(n + 1);\n" // 5
			       "}\n"
			       "static inline __attribute__((always_inline)) void outer(int n)\n"
			       "{\n"
			       "	inner(n + 2);\n" // 9
			       "}\n"
			       "__attribute__((noinline)) static void hidden(int n)\n"
			       "{\n"
			       "	kept = mark(n);\n" // 13
			       "	kept = 0;\n"
			       "}\n"
			       "void shown(int n)\n"
			       "{\n"
			       "	hidden(n);\n" // 18
			       "	outer(n);\n"  // 19
			       "	kept = 0;\n"
			       "}\n";

static const char source_mark[] = "void *mark(int n) { return (void *)(long)n; }\n";

static const char source_cxx[] = "extern \"C\" void *mark(int);\n"
				 "void *volatile kept;\n"
				 "namespace space {\n"
				 "template <class T> struct box {\n"
				 "	__attribute__((noipa)) void fill(T n)\n"
				 "	{\n"
				 "		kept = mark((int)n);\n" // 7
				 "		kept = 0;\n"
				 "	}\n"
				 "};\n"
				 "}\n"
				 "namespace {\n"
				 "__attribute__((noipa)) void local(long n)\n"
				 "{\n"
				 "	kept = mark((int)n);\n" // 15
				 "	kept = 0;\n"
				 "}\n"
				 "}\n"
				 "void shown(int n)\n"
				 "{\n"
				 "	space::box<long> b;\n"
				 "	b.fill(n);\n"
				 "	local(n);\n"
				 "}\n";

__attribute__((__format__(printf, 1, 2))) static bool run(const char *format, ...)
{
	char command[4 * PATH_MAX];
	va_list values;
	va_start(values, format);
	int n = snprintf(command, sizeof(command), "cd '%s' && ", base);
	vsnprintf(command + n, sizeof(command) - (size_t)n, format, values);
	va_end(values);
	return system(command) == 0; // NOLINT(cert-env33-c)
}

static void write_file(const char *name, const char *text)
{
	char path[2 * PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", base, name);
	FILE *out = fopen(path, "w");
	CHECK(out != NULL);
	if (out != NULL) {
		CHECK(fputs(text, out) >= 0);
		CHECK_EQ(fclose(out), 0);
	}
}

// What this machine's compiler makes: the same as this program.
static void find_native(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct elf_file *file = elf_file_open(fd);
	CHECK(file != NULL);
	if (file != NULL) {
		const struct elf_identity *is = elf_file_identity(file);
		native = (struct symbols_target){ is->machine, is->word_size, is->byte_order };
	}
	elf_file_close(file);
	close(fd);
}

// The return addresses of the calls of `mark` and `hidden` in root/FILE, as the disassembler of `prefix`
// sees them: the address of the instruction behind the call, and behind its delay slot.
struct returns {
	uint64_t address[8];
	size_t n;
};

static struct returns find_returns(const char *prefix, const char *file, unsigned n_slots,
				   unsigned isa_bit)
{
	struct returns returns = { .n = 0 };
	char command[4 * PATH_MAX];
	snprintf(command, sizeof(command), "cd '%s' && %sobjdump -d --no-show-raw-insn 'root/%s'",
		 base, prefix, file);
	FILE *in = popen(command, "r"); // NOLINT(cert-env33-c)
	CHECK(in != NULL);
	char line[1024];
	unsigned wait = 0;
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		char *colon = strchr(line, ':'), *end;
		uint64_t address = strtoull(line, &end, 16);
		if (line[0] != ' ' || end != colon) {
			continue;
		}
		if (wait > 0 && --wait == 0 && returns.n < 8) {
			returns.address[returns.n++] = address | isa_bit;
		}
		bool is_call = strstr(colon, "call") != NULL || strstr(colon, "\tbl\t") != NULL ||
			       strstr(colon, "\tblx\t") != NULL || strstr(colon, "\tjal") != NULL ||
			       strstr(colon, "\tbal\t") != NULL;
		if (is_call &&
		    (strstr(colon, "<mark") != NULL || strstr(colon, "<hidden>") != NULL)) {
			wait = 1 + n_slots;
		}
	}
	if (in != NULL) {
		pclose(in);
	}
	return returns;
}

struct bench {
	struct rootfs *rootfs;
	struct symbols *symbols;
	struct module module;
};

static struct rootfs *rootfs_of(const char *path)
{
	struct rootfs *rootfs = rootfs_new();
	CHECK(rootfs_add_tree(rootfs, path));
	return rootfs;
}

static struct bench bench_new(const char *file, const struct symbols_target *target)
{
	char path[2 * PATH_MAX];
	snprintf(path, sizeof(path), "%s/root", base);
	struct bench bench = { .rootfs = rootfs_of(path) };
	CHECK(bench.rootfs != NULL);
	bench.symbols = symbols_new(bench.rootfs, target);
	bench.module.path = strdup(file);
	return bench;
}

static void bench_free(struct bench *bench)
{
	symbols_free(bench->symbols);
	rootfs_free(bench->rootfs);
	free(bench->module.path);
}

// The frames at `offset` as "function file:line < function file:line", directories left out.
static const char *frames(struct bench *bench, uint64_t offset)
{
	static char text[1024];
	struct site site = { .module = &bench->module, .offset = offset };
	struct symbol_list list = symbols_find(bench->symbols, &site);
	size_t n = 0;
	for (size_t i = 0; i < list.n; i++) {
		const struct symbol *symbol = &list.frames[i];
		const char *slash = symbol->file != NULL ? strrchr(symbol->file, '/') : NULL;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s:%u", i > 0 ? " < " : "",
				      symbol->function != NULL ? symbol->function : "??",
				      slash != NULL ? slash + 1 : "??", symbol->line);
	}
	return text;
}

// Builds source.c as `file` for the tools named `prefix` and checks all three call sites.
static void check_build(const char *prefix, const char *options, const char *file,
			const struct symbols_target *target, unsigned n_slots, unsigned isa_bit)
{
	if (!run("command -v %sgcc >/dev/null", prefix)) {
		char name[64];
		snprintf(name, sizeof(name), "%sgcc", prefix);
		check_lack(name);
		return;
	}
	printf("%sgcc %s\n", prefix, options);
	CHECK(run("%sgcc %s -O2 -g source.c mark.c -nostdlib -nostartfiles -Wl,-e,shown -o root/%s",
		  prefix, options, file));
	struct returns returns = find_returns(prefix, file, n_slots, isa_bit);
	CHECK_EQ(returns.n, 3);
	struct bench bench = bench_new(file, target);
	unsigned n_hidden = 0, n_shown = 0, n_inlined = 0;
	for (size_t i = 0; i < returns.n; i++) {
		const char *text = frames(&bench, returns.address[i]);
		n_hidden += strcmp(text, "hidden source.c:13") == 0;
		n_shown += strcmp(text, "shown source.c:18") == 0;
		n_inlined += strcmp(text,
				    "inner source.c:5 < outer source.c:9 < shown source.c:19") == 0;
		printf("	%s\n", text);
	}
	CHECK_EQ(n_hidden, 1);
	CHECK_EQ(n_shown, 1);
	CHECK_EQ(n_inlined, 1);
	bench_free(&bench);
}

static void every_target_has_lines_and_inlined_callers(void)
{
	check_build("", "-no-pie", "fixed", &native, 0, 0);
	check_build("", "-fPIC -pie", "pie", &native, 0, 0);
	check_build("", "-no-pie -gz=zlib", "compressed", &native, 0, 0);
	check_build("", "-no-pie -gdwarf-4", "dwarf4", &native, 0, 0);
	check_build("mipsel-linux-gnu-", "-no-pie -mno-abicalls -fno-pic", "mipsel", &mipsel, 1, 0);
	check_build("mips-linux-gnu-", "-no-pie -mno-abicalls -fno-pic", "mips", &mips, 1, 0);
	check_build("mipsel-linux-gnu-", "-no-pie -mno-abicalls -fno-pic -mips16 -msoft-float",
		    "mips16", &mipsel, 1, 1);
	check_build("mipsel-linux-gnu-", "-no-pie -mno-abicalls -fno-pic -mmicromips -msoft-float",
		    "micromips", &mipsel, 1, 1);
	check_build("arm-linux-gnueabihf-", "-no-pie -mthumb", "thumb", &armhf, 0, 1);
	check_build("arm-linux-gnueabihf-", "-no-pie -marm", "arm", &armhf, 0, 0);
	check_build("aarch64-linux-gnu-", "-no-pie", "arm64", &arm64, 0, 0);
}

static void names_of_cxx_are_demangled(void)
{
	if (!run("command -v g++ >/dev/null")) {
		check_lack("g++");
		return;
	}
	CHECK(run("g++ -no-pie -O2 -g -c source.cc -o cxx.o && gcc -O2 -c mark.c -o mark.o && "
		  "gcc -no-pie -nostdlib cxx.o mark.o -Wl,-e,_Z5showni -o root/cxx && "
		  "strip -g -o root/cxx-names root/cxx"));
	struct returns returns = find_returns("", "cxx", 0, 0);
	struct bench whole = bench_new("cxx", &native), names = bench_new("cxx-names", &native);
	unsigned n_member = 0, n_local = 0, n_names = 0;
	for (size_t i = 0; i < returns.n; i++) {
		const char *text = frames(&whole, returns.address[i]);
		n_member += strcmp(text, "space::box<long>::fill(long) source.cc:7") == 0;
		n_local += strcmp(text, "(anonymous namespace)::local(long) source.cc:15") == 0;
		text = frames(&names, returns.address[i]);
		n_names += strcmp(text, "space::box<long>::fill(long) ??:0") == 0;
		n_names += strcmp(text, "(anonymous namespace)::local(long) ??:0") == 0;
	}
	CHECK_EQ(n_member, 1);
	CHECK_EQ(n_local, 1);
	CHECK_EQ(n_names, 2);
	bench_free(&whole);
	bench_free(&names);
}

// hidden() is not in .dynsym: its call must not be named after the exported function before it.
static void a_stripped_file_names_no_wrong_function(void)
{
	CHECK(run("gcc -shared -fPIC -O2 -g source.c mark.c -nostdlib -Wl,--build-id -o "
		  "root/whole.so && "
		  "strip -o root/stripped.so root/whole.so"));
	struct returns returns = find_returns("", "whole.so", 0, 0);
	struct bench whole = bench_new("whole.so", &native);
	struct bench stripped = bench_new("stripped.so", &native);
	CHECK_EQ(returns.n, 3);
	unsigned n_shown = 0, n_unknown = 0;
	for (size_t i = 0; i < returns.n; i++) {
		bool is_hidden = strncmp(frames(&whole, returns.address[i]), "hidden", 6) == 0;
		const char *text = frames(&stripped, returns.address[i]);
		n_unknown += is_hidden && strcmp(text, "?? ??:0") == 0;
		n_shown += !is_hidden && strcmp(text, "shown ??:0") == 0;
	}
	CHECK_EQ(n_unknown, 1);
	CHECK_EQ(n_shown, 2);
	bench_free(&whole);
	bench_free(&stripped);
}

// Puts the debug file of whole.so at `place` and counts the call sites that get lines from it.
static unsigned lines_with(const char *place, const char *link_options)
{
	CHECK(run("rm -rf root/usr root/lib && mkdir -p root/usr/lib \"$(dirname 'root/%s')\" && "
		  "objcopy --only-keep-debug root/whole.so 'root/%s' && "
		  "strip %s -o root/usr/lib/lib.so root/whole.so",
		  place, place, link_options));
	struct returns returns = find_returns("", "whole.so", 0, 0);
	struct bench bench = bench_new("/usr/lib/lib.so", &native);
	unsigned n = 0;
	for (size_t i = 0; i < returns.n; i++) {
		n += strstr(frames(&bench, returns.address[i]), "source.c:") != NULL;
	}
	bench_free(&bench);
	return n;
}

static void separate_debug_files_are_found(void)
{
	char path[256] = "";
	FILE *in = NULL;
	char command[2 * PATH_MAX];
	snprintf(command, sizeof(command),
		 "readelf -n '%s/root/whole.so' | sed -n 's/.*Build ID: \\(..\\)\\(.*\\)/"
		 "usr\\/lib\\/debug\\/.build-id\\/\\1\\/\\2.debug/p'",
		 base);
	in = popen(command, "r"); // NOLINT(cert-env33-c)
	CHECK(in != NULL && fgets(path, sizeof(path), in) != NULL);
	if (in != NULL) {
		pclose(in);
	}
	path[strcspn(path, "\n")] = '\0';
	CHECK_EQ(lines_with("usr/lib/elsewhere.debug", ""), 0);
	CHECK_EQ(lines_with(path, ""), 3);
	static const char *const places[] = { "usr/lib/lib.so.debug", "usr/lib/.debug/lib.so.debug",
					      "usr/lib/debug/usr/lib/lib.so.debug" };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		CHECK(run("mkdir -p link && objcopy --only-keep-debug root/whole.so "
			  "link/lib.so.debug"));
		CHECK_EQ(lines_with(places[i], ""), 0);
		CHECK(run("objcopy --add-gnu-debuglink=link/lib.so.debug root/usr/lib/lib.so"));
		struct returns returns = find_returns("", "whole.so", 0, 0);
		struct bench bench = bench_new("/usr/lib/lib.so", &native);
		CHECK(strstr(frames(&bench, returns.address[0]), "source.c:") != NULL);
		bench_free(&bench);
	}
}

// Frames of a file that is not the one that ran, and the line on stderr that says so.
static void check_refused(const char *file, const struct symbols_target *target,
			  const struct module *identity, const char *message)
{
	char path[2 * PATH_MAX], said[4096] = "";
	snprintf(path, sizeof(path), "%s/stderr", base);
	fflush(stderr);
	int kept = dup(2), fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 2);
	struct bench bench = bench_new(file, target);
	memcpy(bench.module.build_id, identity->build_id, sizeof(identity->build_id));
	bench.module.build_id_size = identity->build_id_size;
	char first[256];
	snprintf(first, sizeof(first), "%s", frames(&bench, 0x1010));
	frames(&bench, 0x1020);
	struct site site = { .module = &bench.module, .offset = 0x1030 };
	const struct site *sites[] = { &site };
	symbols_prepare(bench.symbols, sites, 1);
	frames(&bench, 0x1040);
	bench_free(&bench);
	fflush(stderr);
	dup2(kept, 2);
	close(kept);
	ssize_t n = pread(fd, said, sizeof(said) - 1, 0);
	close(fd);
	CHECK(n > 0 && strchr(said, '\n') == said + n - 1); // one line, once
	CHECK(strstr(said, message) != NULL);
	CHECK(strstr(said, file) != NULL);
	CHECK_STR(first, "?? ??:0");
}

static void wrong_files_are_not_used(void)
{
	struct module none = { .build_id_size = 0 },
		      other = { .build_id = { 1, 2 }, .build_id_size = 20 };
	write_file("root/text", "not an ELF file\n");
	CHECK(run("head -c 20 root/whole.so >root/short"));
	check_refused("absent.so", &native, &none, "not found");
	check_refused("text", &native, &none, "not an ELF file");
	check_refused("short", &native, &none, "not an ELF file");
	check_refused("whole.so", &mips, &none, "another machine");
	check_refused("whole.so", &native, &other, "another build");
}

static void modules_without_a_file_are_silent(void)
{
	struct rootfs *rootfs = rootfs_of(base);
	struct symbols *symbols = symbols_new(rootfs, &native);
	struct module nameless = { .path = NULL },
		      vdso = { .path = (char *)"linux-vdso.so.1", .flags = WIRE_MAP_VDSO };
	struct site sites[] = { { .offset = 16 },
				{ .module = &nameless, .offset = 16 },
				{ .module = &vdso, .offset = 16 } };
	for (size_t i = 0; i < 3; i++) {
		struct symbol_list list = symbols_find(symbols, &sites[i]);
		CHECK_EQ(list.n, 1);
		CHECK_STR(list.frames[0].function ? list.frames[0].function : "??",
			  i == 2 ? "[vdso]" : "??");
		CHECK(list.frames[0].file == NULL);
	}
	symbols_free(symbols);
	rootfs_free(rootfs);
}

// Every cut and many damaged bytes: names may be missing, nothing may break (sanitizers watch our part).
static void damaged_files_do_no_harm(void)
{
	char path[2 * PATH_MAX];
	snprintf(path, sizeof(path), "%s/root/whole.so", base);
	FILE *in = fopen(path, "rb");
	static char bytes[1 << 20], changed[1 << 20];
	size_t size = in != NULL ? fread(bytes, 1, sizeof(bytes), in) : 0;
	CHECK(size > 1000);
	if (in != NULL) {
		fclose(in);
	}
	if (size < 1000) {
		return;
	}
	CHECK(freopen("/dev/null", "w", stderr) != NULL);
	snprintf(path, sizeof(path), "%s/root/damaged.so", base);
	uint32_t random = 12345;
	for (int round = 0; round < 150; round++) {
		memcpy(changed, bytes, size);
		size_t kept = round % 3 == 0 ? size * (size_t)round / 150 : size;
		for (int i = 0; i < 30; i++) {
			random = random * 1664525 + 1013904223;
			size_t at = round % 2 == 0 ? (random >> 8) % size
						   : (i < 10 ? (random >> 8) % 64
							     : size - 1 - (random >> 8) % 2500);
			changed[at] = (char)(random >> 3);
		}
		memcpy(changed, bytes, 6);
		FILE *out = fopen(path, "wb");
		if (out != NULL) {
			fwrite(changed, 1, kept, out);
			fclose(out);
		}
		struct bench bench = bench_new("damaged.so", &(struct symbols_target){ 0, 0, 0 });
		for (uint64_t offset = 0x1000; offset < 0x1060; offset += 5) {
			frames(&bench, offset);
		}
		bench_free(&bench);
	}
	CHECK(1);
}

static bool code_of_test(void *context, uint64_t address, uint32_t *word)
{
	const uint32_t *code = context; // at address 0x100
	if (address < 0x100 || address >= 0x110) {
		return false;
	}
	*word = code[(address - 0x100) / 4];
	return true;
}

static void calls_are_found_from_return_addresses(void)
{
	// jal; nop; balc (release 6); addiu
	static uint32_t code[] = { 0x0c000040, 0, 0xe8000000, 0x24000000 };
	CHECK_EQ(call_site_find(EM_X86_64, 0x108, NULL, NULL).code, 0x107);
	CHECK_EQ(call_site_find(EM_MIPS, 0x108, code_of_test, code).code, 0x100);
	CHECK_EQ(call_site_find(EM_MIPS, 0x10c, code_of_test, code).code, 0x10b);
	CHECK_EQ(call_site_find(EM_MIPS, 0x50, code_of_test, code).code, 0x4f);
	CHECK_EQ(call_site_find(EM_MIPS, 0x109, code_of_test, code).line, 0x107);
	CHECK_EQ(call_site_find(EM_MIPS, 0x109, code_of_test, code).code, 0x106);
	CHECK_EQ(call_site_find(EM_ARM, 0x109, NULL, NULL).code, 0x107);
	CHECK_EQ(call_site_find(EM_ARM, 0x108, NULL, NULL).code, 0x107);
	CHECK_EQ(call_site_exact(EM_X86_64, 0x109).code, 0x109);
	CHECK_EQ(call_site_exact(EM_X86_64, 0x109).line, 0x109);
	CHECK_EQ(call_site_exact(EM_MIPS, 0x109).code, 0x108);
	CHECK_EQ(call_site_exact(EM_MIPS, 0x109).line, 0x109);
	CHECK_EQ(call_site_exact(EM_ARM, 0x109).line, 0x108);
}

// libbfd forgets a few bytes for every file it refuses.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libbfd\nleak:bfd_malloc\n";
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(base, sizeof(base), "%s/test_symbols.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(base) == NULL) {
		perror(base);
		return 1;
	}
	if (!run("command -v gcc objdump objcopy readelf strip >/dev/null")) {
		return check_lack("gcc or binutils");
	}
	find_native();
	CHECK(run("mkdir root"));
	// On this machine the names of the modules lead to something else: it must not be looked at.
	CHECK_EQ(chdir(base), 0);
	CHECK(run("mkdir fixed pie whole.so && mkfifo dwarf4"));
	write_file("source.c", source_c);
	write_file("mark.c", source_mark);
	write_file("source.cc", source_cxx);
	calls_are_found_from_return_addresses();
	every_target_has_lines_and_inlined_callers();
	names_of_cxx_are_demangled();
	a_stripped_file_names_no_wrong_function();
	separate_debug_files_are_found();
	wrong_files_are_not_used();
	modules_without_a_file_are_silent();
	damaged_files_do_no_harm();
	CHECK(run("rm -rf '%s'", base));
	return check_result();
}
