// SPDX-License-Identifier: LGPL-2.1-or-later
// Walks the calling thread's stack from a hook's caller outward.
#ifndef UNWIND_UNWIND_H
#define UNWIND_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unwind_mode {
	UNWIND_NONE,
	UNWIND_GCC,    // _Unwind_Backtrace: needs unwind tables, and the compiler's library
	UNWIND_SCAN,   // instruction scanner; frame pointers where it has no answer
	UNWIND_FP,     // frame pointers
	UNWIND_TABLES, // .eh_frame or .ARM.exidx, by our own reader
	UNWIND_AUTO,   // tables where they cover, else the scanner, else frame pointers
};

enum { UNWIND_DEPTH_MAX = 1024 };

// Whether walks follow a second frame pointer: ARM's fp is r11, and its fp2 is Thumb's r7; that of o32
// is MIPS16's s1, which hooks leave alone where the compiler can be told so (clang cannot).
#if defined(__arm__) || (defined(__mips__) && _MIPS_SIM == _ABIO32 && !defined(__clang__))
#define ARCH_HAS_FP2 1
#else
#define ARCH_HAS_FP2 0
#endif

// The state of the hook's caller at the call, captured in the hook itself by UNWIND_HERE.
struct unwind_start {
	uintptr_t pc; // the hook's return address: the innermost frame
	uintptr_t sp; // the caller's stack pointer at the call (the hook's CFA)
	uintptr_t fp; // the caller's frame pointer register
#if ARCH_HAS_FP2
	uintptr_t fp2; // the caller's second frame pointer register
#endif
	bool is_rough; // sp may be too low, and fp anything: walks by rules find them out
};

// The caller's frame pointer. On x86 and AArch64 __builtin_frame_address makes the hook keep a
// frame, whose first word is the caller's. On ARM and MIPS hooks are too small to use the registers.
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
#define UNWIND_CALLER_FP() (*(const uintptr_t *)__builtin_frame_address(0))
#elif defined(__arm__)
static inline __attribute__((always_inline)) uintptr_t unwind_caller_fp(void)
{
	uintptr_t fp;

	__asm__ volatile("mov %0, r11" : "=r"(fp));
	return fp;
}
static inline __attribute__((always_inline)) uintptr_t unwind_caller_fp2(void)
{
	uintptr_t fp2;

	__asm__ volatile("mov %0, r7" : "=r"(fp2));
	return fp2;
}
#define UNWIND_CALLER_FP() unwind_caller_fp(), unwind_caller_fp2()
#elif defined(__mips__)
static inline __attribute__((always_inline)) uintptr_t unwind_caller_fp(void)
{
	uintptr_t fp;

	__asm__ volatile("move %0, $30" : "=r"(fp));
	return fp;
}
#if ARCH_HAS_FP2
static inline __attribute__((always_inline)) uintptr_t unwind_caller_fp2(void)
{
	uintptr_t fp2;

	__asm__ volatile("move %0, $17" : "=r"(fp2));
	return fp2;
}
#define UNWIND_CALLER_FP() unwind_caller_fp(), unwind_caller_fp2()
#else
#define UNWIND_CALLER_FP() unwind_caller_fp()
#endif
#else
#define UNWIND_CALLER_FP() ((uintptr_t)0)
#define UNWIND_IS_ROUGH    true
#endif

// On ARM and AArch64 clang's __builtin_dwarf_cfa is too low in hooks that save more registers.
#if defined(__clang__) && (defined(__arm__) || defined(__aarch64__))
#define UNWIND_IS_ROUGH true
#elif !defined(UNWIND_IS_ROUGH)
#define UNWIND_IS_ROUGH false
#endif

// An initialiser for struct unwind_start; only valid in the hook's own body.
#define UNWIND_HERE                                                                                \
	{                                                                                          \
		(uintptr_t) __builtin_return_address(0), (uintptr_t)__builtin_dwarf_cfa(),         \
			UNWIND_CALLER_FP(), UNWIND_IS_ROUGH                                        \
	}

// Executable bytes of one module, all of them readable, and its unwind tables.
struct unwind_code {
	uintptr_t start, end;
	uintptr_t index, index_size;      // of .eh_frame_hdr or .ARM.exidx; 0: there is none
	uintptr_t index_start, index_end; // the segment it lies in, all of it readable
};

// The type of the program header that says where `index` is: PT_ARM_EXIDX, PT_GNU_EH_FRAME.
#if defined(__arm__)
#define UNWIND_INDEX_HEADER 0x70000001
#else
#define UNWIND_INDEX_HEADER 0x6474e550
#endif

// Says which code holds `pc`; false: none. Called during a walk; must not allocate. By then the code
// may be unmapped.
typedef bool unwind_find_code(void *user, uintptr_t pc, struct unwind_code *code);

// Hands the code that holds `pc` to `read`, and keeps it mapped until that returns. False: there is
// none. Called during a walk; neither may allocate.
typedef void unwind_code_reader(void *argument, const struct unwind_code *code);
typedef bool unwind_read_code(void *user, uintptr_t pc, unwind_code_reader *read, void *argument);

// What a thread keeps between walks: see stepper.h.
struct unwind_thread;

struct unwind_context {
	struct unwind_thread *thread;
	unwind_find_code *find_code; // not needed by UNWIND_GCC
	unwind_read_code *read_code; // NULL: no code is ever unmapped
	void *user;                  // handed to both
};

// How a frame was found. With UNWIND_EXACT its pc is where it goes on, not a return address.
enum unwind_how {
	UNWIND_BY_HOOK,   // the hook's caller: nothing had to be found
	UNWIND_BY_GCC,    // _Unwind_Backtrace
	UNWIND_BY_SCAN,   // the instructions of the frame inside it
	UNWIND_BY_LINKS,  // a frame pointer
	UNWIND_BY_TABLES, // unwind tables of the frame inside it
	UNWIND_BY_SIGNAL, // the registers the kernel saved for a signal handler
	UNWIND_HOW_MASK = 7,
	UNWIND_EXACT = 8,
};

// Why a stack ends.
enum unwind_cut {
	UNWIND_WHOLE,         // not cut: at the program's entry or the thread's start
	UNWIND_CUT_DEPTH,     // there is no room for more frames
	UNWIND_CUT_NO_RULE,   // nothing says how to step out of the outermost frame
	UNWIND_CUT_NO_CODE,   // it lies in no known code, or its rule leads to none
	UNWIND_CUT_BAD_STACK, // its rule leads out of the stack, or not outward
	UNWIND_CUT_NO_WALK,   // nobody wanted to walk
};

struct unwind_stack {
	uintptr_t *pcs; // innermost first; the caller's array, or the thread's until the next walk
	uint8_t *hows;  // beside pcs: enum unwind_how
	size_t n_pcs;
	size_t max;    // most frames wanted, at least 1, at most UNWIND_DEPTH_MAX; the arrays' size
	size_t n_kept; // outermost frames known to be the same in this thread's previous walk
	enum unwind_cut cut;
};

// What `mode` comes to on this machine, which may have no scanner, no reader of its tables, or none of
// the compiler's library (see unwind_gcc.h).
enum unwind_mode unwind_resolve(enum unwind_mode mode);

// Fills `stack` with at most `max` return addresses. Never allocates, never faults on a wild
// stack (but UNWIND_GCC, whose library reads what it likes). pcs[0] is start->pc. Zero addresses never appear. UNWIND_NONE gives no frame at all. May
// change errno.
void unwind_walk(enum unwind_mode mode, const struct unwind_start *start,
		 const struct unwind_context *context, struct unwind_stack *stack);

#endif
