// SPDX-License-Identifier: GPL-3.0-or-later
// Allocates beneath code that is made at run time, as by compilers within a program. A made function is
// given a list of words: it calls the first with the rest.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NOINLINE __attribute__((noinline))

typedef void call(void **list);

enum { CODE_SIZE = 64, N_LINKED = 4, ROUNDS = 3 };

// Keeps a frame pointer.
static const unsigned char linked_code[] = {
#if defined(__x86_64__)
	0x55,                   // push %rbp
	0x48, 0x89, 0xe5,       // mov %rsp,%rbp
	0x48, 0x8b, 0x07,       // mov (%rdi),%rax
	0x48, 0x83, 0xc7, 0x08, // add $8,%rdi
	0xff, 0xd0,             // call *%rax
	0x5d, 0xc3,             // pop %rbp; ret
#else
	0x55,                   // push %ebp
	0x89, 0xe5,             // mov %esp,%ebp
	0x83, 0xec, 0x04,       // sub $4,%esp
	0x8b, 0x45, 0x08,       // mov 8(%ebp),%eax
	0x8b, 0x10,             // mov (%eax),%edx
	0x83, 0xc0, 0x04,       // add $4,%eax
	0x50,                   // push %eax
	0xff, 0xd2,             // call *%edx
	0xc9, 0xc3,             // leave; ret
#endif
};

// The same, but hands out the second word itself.
static const unsigned char direct_code[] = {
#if defined(__x86_64__)
	0x55,                   // push %rbp
	0x48, 0x89, 0xe5,       // mov %rsp,%rbp
	0x48, 0x8b, 0x07,       // mov (%rdi),%rax
	0x48, 0x8b, 0x7f, 0x08, // mov 8(%rdi),%rdi
	0xff, 0xd0,             // call *%rax
	0x5d, 0xc3,             // pop %rbp; ret
#else
	0x55,                   // push %ebp
	0x89, 0xe5,             // mov %esp,%ebp
	0x83, 0xec, 0x04,       // sub $4,%esp
	0x8b, 0x45, 0x08,       // mov 8(%ebp),%eax
	0x8b, 0x10,             // mov (%eax),%edx
	0xff, 0x70, 0x04,       // push 4(%eax)
	0xff, 0xd2,             // call *%edx
	0xc9, 0xc3,             // leave; ret
#endif
};

// Has in the frame pointer's register the list, which lies on the stack further out.
static const unsigned char unlinked_code[] = {
#if defined(__x86_64__)
	0x55,                   // push %rbp
	0x48, 0x89, 0xfd,       // mov %rdi,%rbp
	0x48, 0x8b, 0x07,       // mov (%rdi),%rax
	0x48, 0x83, 0xc7, 0x08, // add $8,%rdi
	0xff, 0xd0,             // call *%rax
	0x5d, 0xc3,             // pop %rbp; ret
#else
	0x55,                   // push %ebp
	0x83, 0xec, 0x04,       // sub $4,%esp
	0x8b, 0x44, 0x24, 0x0c, // mov 12(%esp),%eax
	0x89, 0xc5,             // mov %eax,%ebp
	0x8b, 0x10,             // mov (%eax),%edx
	0x83, 0xc0, 0x04,       // add $4,%eax
	0x50,                   // push %eax
	0xff, 0xd2,             // call *%edx
	0x83, 0xc4, 0x08,       // add $8,%esp
	0x5d, 0xc3,             // pop %ebp; ret
#endif
};

static void *linked[N_LINKED], *direct, *unlinked;
static void *volatile kept;
static volatile int n_calls; // counted behind each call, none of which is the last thing to be done

static void *make(unsigned char **room, const unsigned char *code, size_t size)
{
	void *made = *room;

	memcpy(made, code, size);
	*room += CODE_SIZE;
	return made;
}

static void make_all(void)
{
	unsigned char *room = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		abort();
	for (int i = 0; i < N_LINKED; i++)
		linked[i] = make(&room, linked_code, sizeof(linked_code));
	direct = make(&room, direct_code, sizeof(direct_code));
	unlinked = make(&room, unlinked_code, sizeof(unlinked_code));
}

static NOINLINE void go(void **list)
{
	((call *)(uintptr_t)list[0])(list + 1);
	n_calls++;
}

static NOINLINE void allocate(void **list)
{
	kept = malloc((size_t)(uintptr_t)list[0]);
	n_calls++;
}

#define FUNCTION(name) ((void *)(uintptr_t)(name))
#define SIZE(n)        ((void *)(uintptr_t)(n))

static NOINLINE void go_all(void)
{
	void *deep[] = {
		linked[0], linked[1], linked[2], linked[3], FUNCTION(allocate), SIZE(101)
	};
	void *less[] = { linked[0], linked[1], FUNCTION(allocate), SIZE(102) };
	void *again[] = { linked[0], FUNCTION(go), linked[1], FUNCTION(allocate), SIZE(103) };
	void *at_once[] = { linked[0], direct, FUNCTION(malloc), SIZE(104) };
	void *nowhere[] = { linked[0], unlinked, FUNCTION(allocate), SIZE(105), NULL };
	void *beyond[] = { linked[0], unlinked, linked[1], FUNCTION(allocate), SIZE(106), NULL };
	void **const lists[] = { deep, less, again, at_once, nowhere, beyond };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		go(lists[i]);
	n_calls++;
}

int main(void)
{
	make_all();
	for (int i = 0; i < ROUNDS; i++)
		go_all();
	puts("done");
	return 0;
}
