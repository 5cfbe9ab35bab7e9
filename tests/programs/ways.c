// SPDX-License-Identifier: GPL-3.0-or-later
// Allocates where stacks are found in different ways, or end early. The size says which.
#include "ways.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

enum {
	SIZE_WHOLE = 1001,
	SIZE_BARE = 1002,    // called from a module without tables
	SIZE_SIGNAL = 1003,  // in a signal handler
	SIZE_NOWHERE = 1004, // called from code that belongs to no module
	SIZE_DEEP = 2000,    // and more: in as many calls of a function
	DEPTH = 60,
};

// ways_trap is interrupted by a signal at its first instruction, right behind another function.
#if defined(__mips__)
#define TRAP ".set push\n.set noreorder\nbreak\njr $31\nnop\n.set pop\n"
#elif defined(__arm__)
#define TRAP ".arm\nudf #0\nbx lr\n"
#elif defined(__aarch64__)
#define TRAP "udf #0\nret\n"
#elif defined(__riscv)
#define TRAP "unimp\nret\n"
#else
#define TRAP "ud2\nret\n"
#endif
#define FUNCTION(name, code)                                                                       \
	".type " name ",%function\n" name ":\n.cfi_startproc\n" code ".cfi_endproc\n.size " name   \
	",.-" name "\n"
__asm__(".text\n.balign 4\n" FUNCTION("ways_before", TRAP) FUNCTION("ways_trap", TRAP));

void ways_trap(void) __attribute__((visibility("hidden")));

static volatile int sum;
static sigjmp_buf back;

static NOINLINE int allocate(size_t size)
{
	void *volatile block = malloc(size);

	free(block);
	sum = sum + 1;
	return sum;
}

static NOINLINE int ways_whole(void)
{
	return allocate(SIZE_WHOLE) + sum;
}

static NOINLINE int ways_called_back(void)
{
	return allocate(SIZE_BARE) + sum;
}

static NOINLINE int ways_bare(void)
{
	void *module = dlopen("libways_bare.so", RTLD_NOW);
	void *symbol = module != NULL ? dlsym(module, "ways_bare_call") : NULL;
	int (*call)(ways_function *);

	if (symbol == NULL)
		_exit(2);
	memcpy(&call, &symbol, sizeof(call));
	return call(ways_called_back) + sum;
}

static NOINLINE void ways_handler(int number)
{
	allocate(SIZE_SIGNAL);
	siglongjmp(back, number);
}

static NOINLINE int ways_interrupted(void)
{
	struct sigaction action = { .sa_handler = ways_handler };

	if (sigaction(SIGILL, &action, NULL) != 0 || sigaction(SIGTRAP, &action, NULL) != 0)
		_exit(2);
	if (sigsetjmp(back, 1) == 0)
		ways_trap();
	return sum;
}

static NOINLINE int ways_called_from_nowhere(void)
{
	return allocate(SIZE_NOWHERE) + sum;
}

// Copied to where no module is. Alone in its section, whose ends the linker names.
static NOINLINE __attribute__((section("ways_code"), used)) int ways_copied(ways_function *function)
{
	int result = function();

	__asm__ volatile("" : "+r"(result));
	return result;
}

extern const char __start_ways_code[] __attribute__((visibility("hidden")));
extern const char __stop_ways_code[] __attribute__((visibility("hidden")));

static NOINLINE int ways_nowhere(void)
{
	size_t size = (size_t)(__stop_ways_code - __start_ways_code);
	size_t offset = (uintptr_t)__start_ways_code % 64;
	char *page = mmap(NULL, size + 64, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t isa_bit = (uintptr_t)ways_copied & 1;
	int (*call)(ways_function *);
	uintptr_t address;

	if (page == MAP_FAILED)
		_exit(2);
	memcpy(page + offset, __start_ways_code, size);
	__builtin___clear_cache(page, page + offset + size);
	address = (uintptr_t)page + offset + isa_bit;
	memcpy(&call, &address, sizeof(call));
	return call(ways_called_from_nowhere) + sum;
}

static NOINLINE int ways_deep(int n)
{
	int result = allocate(SIZE_DEEP + (size_t)n);

	return n == DEPTH ? result : ways_deep(n + 1) + sum;
}

int main(void)
{
	int result =
		ways_whole() + ways_bare() + ways_interrupted() + ways_nowhere() + ways_deep(1);

	return result == 0;
}
