// SPDX-License-Identifier: LGPL-2.1-or-later
// The numbers of the stream, for both sides. FORMAT.md is normative; sections cited are its.
#ifndef LIBDUMPALLOC_WIRE_H
#define LIBDUMPALLOC_WIRE_H

#include <stdint.h>

enum {
	WIRE_MAJOR = 1,
	WIRE_MINOR = 0,
};

// Section 10: how a reader is found.
#define WIRE_FIND_QUESTION "dumpalloc: where is a reader?"
#define WIRE_FIND_ANSWER   "dumpalloc: a reader is at "
enum { WIRE_FIND_PORT = 17407 };

// Section 11: a stream in datagrams.
#define WIRE_DATAGRAM "\xDA\x7A\xD6\x52"

enum {
	WIRE_DATAGRAM_SIGN_SIZE = 4,
	WIRE_DATAGRAM_TYPE_AT = 4,
	WIRE_DATAGRAM_ID_AT = 8,
	WIRE_DATAGRAM_POSITION_AT = 24,
	WIRE_DATAGRAM_HEADER_SIZE = 32,
	WIRE_DATAGRAM_MAX = 1400,
	WIRE_DATAGRAM_RANGE_SIZE = 12,
	WIRE_DATAGRAM_RANGES_MAX = 32,
};

enum wire_datagram {
	WIRE_DATAGRAM_BYTES = 1,
	WIRE_DATAGRAM_END = 2,
	WIRE_DATAGRAM_ANSWER = 3,
};

// Section 2: header and blocks.
#define WIRE_MAGIC                                                                                 \
	"\x89"                                                                                     \
	"DALLOC\n"
#define WIRE_SYNC "\xDA\x7A\xB1\x0C"

enum {
	WIRE_MAGIC_SIZE = 8,
	WIRE_HEADER_SIZE = 12,
	WIRE_SYNC_SIZE = 4,
	WIRE_BLOCK_HEADER_SIZE = 24,
	WIRE_BLOCK_TYPE_AT = 4,
	WIRE_BLOCK_THREAD_AT = 8,
	WIRE_BLOCK_INDEX_AT = 12,
	WIRE_BLOCK_LENGTH_AT = 16,
	WIRE_BLOCK_CRC_AT = 20,
};

// Section 2, compression: how a member begins, whose size follows it.
#define WIRE_MEMBER                                                                                \
	"\x1F\x8B\x08\x04\0\0\0\0\0\xFF\x08\0"                                                     \
	"DA\x04\0"

// Section 2, parts: behind the name of the first, and before a number.
#define WIRE_PART ".part"

enum {
	WIRE_MEMBER_SIZE_AT = 16,
	WIRE_MEMBER_HEADER_SIZE = 20,
	WIRE_MEMBER_TRAILER_SIZE = 8,
};

enum wire_block {
	WIRE_PREAMBLE = 1,
	WIRE_RECORDS = 2,
	WIRE_END = 3,
	WIRE_MEMORY = 4,
	WIRE_COLUMNS = 5,
};

// Limits: a writer never exceeds them, a reader treats more as damage.
enum {
	WIRE_PAYLOAD_MAX = 1 << 20,
	WIRE_RESTART_INTERVAL = 256 << 10,
	WIRE_VARINT_MAX = 10,
	WIRE_DEPTH_MAX = 4096,
	WIRE_FRAME_ID_END = 1 << 16,
	WIRE_TEXT_MAX = 4096,
	WIRE_BUILD_ID_MAX = 64,
	WIRE_SEGMENTS_MAX = 64,
	WIRE_ADDRESS_SHIFT_MAX = 12,
	WIRE_STREAM_ID_SIZE = 16,
};

// Section 3: fields of the preamble.
enum wire_field {
	WIRE_FIELD_WORD_SIZE = 1,
	WIRE_FIELD_BYTE_ORDER = 2,
	WIRE_FIELD_MACHINE = 3,
	WIRE_FIELD_MACHINE_FLAGS = 4,
	WIRE_FIELD_PAGE_SIZE = 5,
	WIRE_FIELD_PID = 6,
	WIRE_FIELD_PARENT_PID = 7,
	WIRE_FIELD_PARENT_STREAM = 8,
	WIRE_FIELD_PARENT_POSITION = 9,
	WIRE_FIELD_EXECUTABLE = 10,
	WIRE_FIELD_COMMAND_LINE = 11,
	WIRE_FIELD_START_TIME = 12,
	WIRE_FIELD_CLOCK = 13,
	WIRE_FIELD_CLOCK_RESOLUTION = 14,
	WIRE_FIELD_SEQUENCE_BITS = 15,
	WIRE_FIELD_ADDRESS_SHIFT = 16,
	WIRE_FIELD_USABLE_RULE = 17,
	WIRE_FIELD_WALKER = 18,
	WIRE_FIELD_DEPTH_LIMIT = 19,
	WIRE_FIELD_SAMPLING = 20,
	WIRE_FIELD_WRITER = 21,
	WIRE_FIELD_PROGRAM = 22,
	WIRE_FIELD_WORKING_DIRECTORY = 23,
	WIRE_FIELD_HOST_NAME = 24,
	WIRE_FIELD_LEAST_SIZE = 25,
	WIRE_FIELD_STREAM_ID = 26,
	WIRE_FIELD_ELIDE_LIMIT = 27,
	WIRE_FIELD_FIRST_MALLOC = 28,
};

enum wire_byte_order {
	WIRE_LITTLE_ENDIAN = 1,
	WIRE_BIG_ENDIAN = 2,
};

enum wire_clock {
	WIRE_CLOCK_MONOTONIC_COARSE = 1,
	WIRE_CLOCK_MONOTONIC = 2,
};

enum wire_walker {
	WIRE_WALKER_NONE = 0,
	WIRE_WALKER_GCC = 1,
	WIRE_WALKER_SCAN = 2,
	WIRE_WALKER_FP = 3,
	WIRE_WALKER_TABLES = 4,
	WIRE_WALKER_AUTO = 5,
};

// Section 4: why the stream ended.
enum wire_end {
	WIRE_END_PROCESS = 1,
	WIRE_END_EXEC = 2,
	WIRE_END_STOPPED = 3,
	WIRE_END_SINK_FULL = 4,
};

// Section 4: what is known of the process's memory.
#define WIRE_MEMORY_LIST(X)                                                                        \
	X(1, SIZE, "size")                                                                         \
	X(2, RESIDENT, "resident")                                                                 \
	X(3, SHARED, "shared")                                                                     \
	X(4, PROPORTIONAL, "proportional")                                                         \
	X(5, PRIVATE, "private")                                                                   \
	X(6, SWAPPED, "swapped")

enum wire_memory {
#define X(number, id, word) WIRE_MEMORY_##id = (number),
	WIRE_MEMORY_LIST(X)
#undef X
		WIRE_MEMORY_END,
};

// Section 5: records.
enum wire_op {
	WIRE_OP_EXTENDED = 0,
	WIRE_OP_ALLOC = 1,
	WIRE_OP_FREE = 2,
	WIRE_OP_REALLOC = 3,
	WIRE_OP_MASK = 7,
};

enum wire_flag {
	WIRE_FLAG_SEQ = 0x08,
	WIRE_FLAG_KIND = 0x10,
	WIRE_FLAG_STACK = 0x20,
	WIRE_FLAG_USABLE = 0x40,
	WIRE_FLAG_SIZE = WIRE_FLAG_USABLE, // of a FREE
	WIRE_FLAG_ADDR = 0x80,
};

// Section 5, columns: the fields of records in order: number, identifier, the ops that have it (1 << op), and the flag without
// which it is absent; 0: it never is. Those that no op has are told of by others.
#define WIRE_COLUMN_LIST(X)                                                                        \
	X(0, HEAD, 0, 0)                                                                           \
	X(1, SEQ, 0x0E, WIRE_FLAG_SEQ)                                                             \
	X(2, BEFORE, 0x08, 0)                                                                      \
	X(3, KIND, 0x0E, WIRE_FLAG_KIND)                                                           \
	X(4, OLD, 0x08, 0)                                                                         \
	X(5, SIZE, 0x0A, 0)                                                                        \
	X(6, USABLE, 0x0E, WIRE_FLAG_USABLE)                                                       \
	X(7, ADDR, 0x0E, 0)                                                                        \
	X(8, KEEP, 0x0E, WIRE_FLAG_STACK)                                                          \
	X(9, PUSH, 0x0E, WIRE_FLAG_STACK)                                                          \
	X(10, FRAME, 0, 0)                                                                         \
	X(11, ID, 0, 0)                                                                            \
	X(12, HOW, 0, 0)                                                                           \
	X(13, PC, 0, 0)

enum wire_column {
#define X(number, id, ops, flag) WIRE_COLUMN_##id = (number),
	WIRE_COLUMN_LIST(X)
#undef X
		WIRE_COLUMNS_END,
};

// Each is two columns: the first byte of each number, and those that follow it. Behind heads are what extended records have.
enum {
	WIRE_COLUMN_EXTENDED = 2 * WIRE_COLUMN_HEAD + 1,
	WIRE_COLUMN_PARTS = 2 * WIRE_COLUMNS_END,
};

// Section 6: how a frame was found: number, identifier, word in the events report, words in the summary.
#define WIRE_HOW_LIST(X)                                                                           \
	X(1, GCC, "gcc", "by the compiler's library")                                              \
	X(2, SCAN, "scan", "from the instructions")                                                \
	X(3, FP, "fp", "by frame pointers")                                                        \
	X(4, TABLES, "tables", "by unwind tables")                                                 \
	X(5, SIGNAL, "signal", "behind signals")

enum wire_how {
	WIRE_HOW_HOOK = 0,
#define X(number, id, word, words) WIRE_HOW_##id = number,
	WIRE_HOW_LIST(X)
#undef X
		WIRE_HOW_MASK = 7,
	WIRE_HOW_EXACT = 8, // a bit beside the number
};

// Section 6: why a stack is cut: number, identifier, word in the events report.
#define WIRE_CUT_LIST(X)                                                                           \
	X(1, DEPTH, "depth")                                                                       \
	X(2, NO_RULE, "no_rule")                                                                   \
	X(3, NO_CODE, "no_code")                                                                   \
	X(4, BAD_STACK, "bad_stack")                                                               \
	X(5, NO_WALK, "no_walk")

enum wire_cut {
	WIRE_CUT_WHOLE = 0,
#define X(number, id, word) WIRE_CUT_##id = number,
	WIRE_CUT_LIST(X)
#undef X
		WIRE_CUT_BITS = 3,
};

// Section 7: extended records: number, identifier, name in the events report.
#define WIRE_EXTENDED_LIST(X)                                                                      \
	X(1, RESTART, "restart")                                                                   \
	X(2, TIME, "time")                                                                         \
	X(3, FAIL, "fail")                                                                         \
	X(4, THREAD, "thread")                                                                     \
	X(5, THREAD_EXIT, "thread_exit")                                                           \
	X(6, MAP, "map")                                                                           \
	X(7, UNMAP, "unmap")                                                                       \
	X(8, TAG, "tag")                                                                           \
	X(9, LOST, "lost")                                                                         \
	X(10, FORK, "fork")                                                                        \
	X(11, EXIT, "exit")                                                                        \
	X(12, MESSAGE, "message")                                                                  \
	X(13, SNAPSHOT, "snapshot")                                                                \
	X(14, PAUSE, "pause")                                                                      \
	X(15, RESUME, "resume")                                                                    \
	X(16, POOL, "pool")                                                                        \
	X(17, POOL_END, "pool_end")                                                                \
	X(18, POOL_ALLOC, "pool_alloc")                                                            \
	X(19, POOL_FREE, "pool_free")                                                              \
	X(20, MAPPING, "mapping")                                                                  \
	X(21, ELIDED_SUM, "elided_sum")                                                            \
	X(22, ELIDED_END, "elided_end")

enum wire_extended {
#define X(number, id, name) WIRE_##id = number,
	WIRE_EXTENDED_LIST(X)
#undef X
};

// Of PAUSE and RESUME: number, identifier, word in the events report.
#define WIRE_SCOPE_LIST(X)                                                                         \
	X(1, PROCESS, "process")                                                                   \
	X(2, THREAD, "thread")

enum wire_scope {
#define X(number, id, word) WIRE_SCOPE_##id = number,
	WIRE_SCOPE_LIST(X)
#undef X
};

enum wire_map_flag {
	WIRE_MAP_MAIN = 1,
	WIRE_MAP_TRACER = 2,
	WIRE_MAP_VDSO = 4,
};

enum wire_segment_flag {
	WIRE_SEGMENT_EXECUTE = 1,
	WIRE_SEGMENT_WRITE = 2,
	WIRE_SEGMENT_READ = 4,
};

// Section 7: why events are lost: number, identifier, word in the events and json reports, words in the summary.
#define WIRE_LOST_LIST(X)                                                                          \
	X(1, NO_ROOM, "no_room", "as a buffer was full: DUMPALLOC_ON_FULL=wait loses none")        \
	X(2, NO_AREA, "no_area", "as a thread had no buffer")                                      \
	X(3, FAULT, "fault", "as they came while the same thread was recording one")               \
	X(4, NO_PLACE, "no_place",                                                                 \
	  "as too many sampled blocks were live: a larger DUMPALLOC_SAMPLE takes fewer")

enum wire_lost {
	WIRE_LOST_UNTOLD =
		0, // not in the stream: no record tells the reason, or one of a later version
#define X(number, id, word, words) WIRE_LOST_##id = number,
	WIRE_LOST_LIST(X)
#undef X
		WIRE_LOST_END,
};

// Section 7: why no more events are elided: number, identifier, word in the events report, words in the summary.
#define WIRE_ELIDED_LIST(X)                                                                        \
	X(1, FULL, "full", "too many blocks are live")                                             \
	X(2, HOLE, "hole", "an event did not come in time")

enum wire_elided {
	WIRE_ELIDED_GOES_ON = 0,
#define X(number, id, word, words) WIRE_ELIDED_##id = number,
	WIRE_ELIDED_LIST(X)
#undef X
		WIRE_ELIDED_REASONS,
};

// Section 5: in the kind of a FREE or REALLOC, beside the number.
enum {
	WIRE_KIND_NOT_LAST = 0x40,
	WIRE_KIND_NOT_SHORT = 0x80,
	WIRE_KIND_NUMBER = 0x3F,
	WIRE_SHORT_LIFE = 16, // events
};

// Section 8: kinds: number, identifier, word in the events report, the function's name in the others.
#define WIRE_KIND_LIST(X)                                                                          \
	X(1, MALLOC, "malloc", "malloc")                                                           \
	X(2, CALLOC, "calloc", "calloc")                                                           \
	X(3, REALLOC, "realloc", "realloc")                                                        \
	X(4, REALLOCARRAY, "reallocarray", "reallocarray")                                         \
	X(5, MEMALIGN, "memalign", "memalign")                                                     \
	X(6, POSIX_MEMALIGN, "posix_memalign", "posix_memalign")                                   \
	X(7, ALIGNED_ALLOC, "aligned_alloc", "aligned_alloc")                                      \
	X(8, VALLOC, "valloc", "valloc")                                                           \
	X(9, PVALLOC, "pvalloc", "pvalloc")                                                        \
	X(10, NEW, "new", "operator new")                                                          \
	X(11, NEW_ARRAY, "new[]", "operator new[]")                                                \
	X(12, MMAP, "mmap", "mmap")                                                                \
	X(13, MMAP_FILE, "mmap_file", "mmap of a file")                                            \
	X(14, MREMAP, "mremap", "mremap")                                                          \
	X(15, BRK, "brk", "brk")                                                                   \
	X(16, NEW_ALIGNED, "new_aligned", "operator new(align_val_t)")                             \
	X(17, NEW_ARRAY_ALIGNED, "new_aligned[]", "operator new[](align_val_t)")                   \
	X(32, FREE, "free", "free")                                                                \
	X(33, CFREE, "cfree", "cfree")                                                             \
	X(34, FREE_SIZED, "free_sized", "free_sized")                                              \
	X(35, FREE_ALIGNED_SIZED, "free_aligned_sized", "free_aligned_sized")                      \
	X(36, DELETE, "delete", "operator delete")                                                 \
	X(37, DELETE_ARRAY, "delete[]", "operator delete[]")                                       \
	X(38, MUNMAP, "munmap", "munmap")                                                          \
	X(39, DELETE_ALIGNED, "delete_aligned", "operator delete(align_val_t)")                    \
	X(40, DELETE_ARRAY_ALIGNED, "delete_aligned[]", "operator delete[](align_val_t)")

enum wire_kind {
	WIRE_KIND_NONE = 0,
#define X(number, id, word, name) WIRE_KIND_##id = number,
	WIRE_KIND_LIST(X)
#undef X
};

#endif
