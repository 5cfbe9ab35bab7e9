// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds short texts in a caller's buffer, without stdio, locale or malloc.
#include "libdumpalloc/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

// strerror may allocate and translates; these are the errors that opening and writing a sink, or
// starting a process, can give.
static const struct {
	int error;
	const char *words;
} error_words[] = {
	{ EACCES, "permission denied" },
	{ EADDRNOTAVAIL, "address not available" },
	{ EAFNOSUPPORT, "address family not supported" },
	{ EAGAIN, "resource temporarily unavailable" },
	{ EBADF, "descriptor was closed" },
	{ ECONNABORTED, "connection aborted" },
	{ ECONNREFUSED, "connection refused" },
	{ ECONNRESET, "connection reset by the peer" },
	{ EDQUOT, "disk quota exceeded" },
	{ EEXIST, "file exists" },
	{ EFBIG, "file too large" },
	{ EHOSTUNREACH, "no route to host" },
	{ EINVAL, "invalid argument" },
	{ EIO, "input/output error" },
	{ EISDIR, "is a directory" },
	{ ELOOP, "too many symbolic links" },
	{ EMFILE, "too many open files" },
	{ ENAMETOOLONG, "file name too long" },
	{ ENETDOWN, "network is down" },
	{ ENETUNREACH, "network is unreachable" },
	{ ENFILE, "too many open files in the system" },
	{ ENODEV, "no such device" },
	{ ENOENT, "no such file or directory" },
	{ ENOMEM, "out of memory" },
	{ ENOSPC, "no space left on device" },
	{ ENOTDIR, "not a directory" },
	{ ENXIO, "nobody reads it" },
	{ EPERM, "operation not permitted" },
	{ EPIPE, "the peer closed it" },
	{ EROFS, "read-only file system" },
	{ ETIMEDOUT, "no answer in time" },
	{ ETXTBSY, "file is being executed" },
};

__attribute__((noinline)) struct text text_start(char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (struct text){ .at = buffer, .size = size };
}

void text_copy(char *buffer, size_t size, const char *string)
{
	struct text text = text_start(buffer, size);

	text_put(&text, string);
}

void text_char(struct text *text, char c)
{
	text_put_n(text, &c, 1);
}

void text_put(struct text *text, const char *string)
{
	text_put_n(text, string, strlen(string));
}

void text_put_all(struct text *text, ...)
{
	const char *string;
	va_list rest;

	va_start(rest, text);
	while ((string = va_arg(rest, const char *)) != NULL)
		text_put(text, string);
	va_end(rest);
}

void text_put_n(struct text *text, const char *bytes, size_t n)
{
	size_t room = text->size - 1 - text->length;
	if (n > room) {
		n = room;
		text->is_cut = true;
	}
	memcpy(text->at + text->length, bytes, n);
	text->length += n;
	text->at[text->length] = '\0';
}

// Returns the remainder. In 32-bit steps: the compiler's division of 64 bits would be linked for this alone.
static unsigned divide_by_10(uint64_t *number)
{
	uint64_t quotient = 0;
	uint32_t rest = 0;

	for (int shift = 48; shift >= 0; shift -= 16) {
		rest = rest << 16 | (uint32_t)(*number >> shift & 0xffff);
		quotient |= (uint64_t)(rest / 10) << shift;
		rest %= 10;
	}
	*number = quotient;
	return rest;
}

void text_number(struct text *text, uint64_t number)
{
	char digits[20];
	size_t n = sizeof digits;

	do {
		digits[--n] = (char)('0' + divide_by_10(&number));
	} while (number != 0);
	text_put_n(text, digits + n, sizeof digits - n);
}

void text_hex(struct text *text, uintptr_t number)
{
	char digits[2 * sizeof number];
	size_t n = sizeof digits;

	do {
		digits[--n] = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number != 0);
	text_put_n(text, digits + n, sizeof digits - n);
}

void text_error(struct text *text, int error)
{
	for (size_t i = 0; i < sizeof error_words / sizeof error_words[0]; i++) {
		if (error_words[i].error == error) {
			text_put(text, error_words[i].words);
			return;
		}
	}
	text_put(text, "error ");
	text_number(text, (uint64_t)(unsigned)error);
}

bool text_errno(struct text *text)
{
	text_error(text, errno);
	return false;
}

const char *text_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool text_parse_number(const char *string, uint32_t max, uint32_t *number)
{
	uint32_t value = 0;

	if (*string == '\0')
		return false;
	for (; *string != '\0'; string++) {
		uint32_t digit = (uint32_t)(*string - '0');
		if (digit > 9 || digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}
