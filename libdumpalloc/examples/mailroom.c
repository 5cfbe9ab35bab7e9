// SPDX-License-Identifier: LGPL-2.1-or-later
// A mail server in small, with four faults that dumpalloc-guide(7) finds: a leak, slow growth, a peak, and churn.
#define _POSIX_C_SOURCE 200809L
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	N_SETTINGS = 40,
	SETTING_SIZE = 200,
	N_PAGES = 16,
	PAGE_SIZE = 4096,
};

static char *setting;

static void setting_replace(const char *value)
{
	setting = malloc(SETTING_SIZE); // the leak: the one before is not freed
	if (setting)
		memcpy(setting, value, strlen(value) + 1);
}

struct seen {
	struct seen *next;
	char id[64 - sizeof(struct seen *)];
};

static struct seen *all_seen;

static void seen_add(const char *id)
{
	struct seen *seen = malloc(sizeof(*seen)); // the growth: none is ever taken away
	if (!seen)
		return;
	memcpy(seen->id, id, strlen(id) + 1);
	seen->next = all_seen;
	all_seen = seen;
}

static int word_is(const char *word, size_t size, const char *wanted)
{
	char *lower = malloc(32); // the churn: a copy of each word to look at it once
	if (!lower)
		return 0;
	for (size_t i = 0; i < size; i++)
		lower[i] = (char)tolower((unsigned char)word[i]);
	lower[size] = '\0';
	int is_equal = strcmp(lower, wanted) == 0;
	free(lower);
	return is_equal;
}

static long words_count(const char *text, const char *wanted)
{
	long n_found = 0;
	while (*text != '\0') {
		size_t size = strcspn(text, " ");
		n_found += word_is(text, size, wanted);
		text += size + strspn(text + size, " ");
	}
	return n_found;
}

static void report_write(void)
{
	char *pages[N_PAGES];
	for (size_t i = 0; i < N_PAGES; i++) {
		pages[i] = malloc(PAGE_SIZE); // the peak: all pages at once
		if (pages[i])
			memset(pages[i], ' ', PAGE_SIZE);
	}
	for (size_t i = 0; i < N_PAGES; i++)
		free(pages[i]);
}

static long message_take(const char *text)
{
	char *message = malloc(1000);
	if (!message)
		return 0;
	memcpy(message, text, strlen(text) + 1);
	seen_add("20261129.1@example.org");
	long n_found = words_count(message, "offer");
	free(message);
	return n_found;
}

int main(int argc, char **argv)
{
	long n_messages = argc > 1 ? strtol(argv[1], NULL, 10) : 120, n_offers = 0;

	for (size_t i = 0; i < N_SETTINGS; i++)
		setting_replace("reply-to: postmaster");
	for (long i = 0; i < n_messages; i++) {
		n_offers += message_take("An Offer whose second word is the one that counts");
		if (i == n_messages / 2)
			report_write();
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL); // until the next one
	}
	return n_offers == n_messages ? 0 : 1;
}
