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
#elif defined(__aarch64__)
	0xff, 0xc3, 0x00, 0xd1, // sub sp,sp,#48
	0xfd, 0x7b, 0x01, 0xa9, // stp x29,x30,[sp,#16]
	0xfd, 0x43, 0x00, 0x91, // add x29,sp,#16
	0x01, 0x84, 0x40, 0xf8, // ldr x1,[x0],#8
	0x20, 0x00, 0x3f, 0xd6, // blr x1
	0xfd, 0x7b, 0x41, 0xa9, // ldp x29,x30,[sp,#16]
	0xff, 0xc3, 0x00, 0x91, // add sp,sp,#48
	0xc0, 0x03, 0x5f, 0xd6, // ret
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
#elif defined(__aarch64__)
	0xfd, 0x7b, 0xbe, 0xa9, // stp x29,x30,[sp,#-32]!
	0xfd, 0x03, 0x00, 0x91, // mov x29,sp
	0x01, 0x00, 0x40, 0xa9, // ldp x1,x0,[x0]
	0x20, 0x00, 0x3f, 0xd6, // blr x1
	0xfd, 0x7b, 0xc2, 0xa8, // ldp x29,x30,[sp],#32
	0xc0, 0x03, 0x5f, 0xd6, // ret
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
#elif defined(__aarch64__)
	0xfd, 0x7b, 0xbf, 0xa9, // stp x29,x30,[sp,#-16]!
	0xfd, 0x03, 0x00, 0xaa, // mov x29,x0
	0x01, 0x84, 0x40, 0xf8, // ldr x1,[x0],#8
	0x20, 0x00, 0x3f, 0xd6, // blr x1
	0xfd, 0x7b, 0xc1, 0xa8, // ldp x29,x30,[sp],#16
	0xc0, 0x03, 0x5f, 0xd6, // ret
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

#if defined(__aarch64__)
// In the program, without tables: pushes so many words as are known only when it runs, and as many more words as its
// caller had pushed it takes away when it returns, here none. Calls as the made functions do.
void pushes(void **list);
__asm__(".pushsection .text\n"
	".balign 4\n"
	".type pushes, %function\n"
	"pushes:\n"
	"stp x29, x30, [sp, #-16]!\n"
	"mov x29, sp\n"
	"mov x2, #6\n"
	"1: stp x0, x0, [sp, #-16]!\n"
	"subs x2, x2, #1\n"
	"b.ne 1b\n"
	"ldr x1, [x0], #8\n"
	"blr x1\n"
	"mov x2, #0\n"
	"mov sp, x29\n"
	"ldp x29, x30, [sp], #16\n"
	"add sp, sp, x2, lsl #3\n"
	"ret\n"
	".size pushes, . - pushes\n"
	".popsection\n");
#endif

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
	__builtin___clear_cache((char *)linked[0], (char *)room);
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
#if defined(__aarch64__)
	void *pushed[] = { linked[0], FUNCTION(pushes), FUNCTION(allocate), SIZE(107) };
	void **const lists[] = { deep, less, again, at_once, nowhere, beyond, pushed };
#else
	void **const lists[] = { deep, less, again, at_once, nowhere, beyond };
#endif

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
