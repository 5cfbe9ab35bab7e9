// SPDX-License-Identifier: GPL-3.0-or-later
// Gives a fuzz target every file of the directories named as arguments: the corpus as a test.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 16 << 20 };

static uint8_t input[INPUT_MAX];

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	size_t size = fread(input, 1, sizeof(input), file);
	int is_bad = ferror(file);
	fclose(file);
	if (is_bad) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return -1;
	}
	// A copy of the exact size, so that a read past the end is seen by the sanitizer.
	uint8_t *data = malloc(size == 0 ? 1 : size);
	if (data == NULL)
		return -1;
	memcpy(data, input, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

// Returns the number of files given, or -1.
static int replay_directory(const char *path)
{
	DIR *directory = opendir(path);
	if (directory == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	int n_files = 0;
	for (struct dirent *entry; n_files >= 0 && (entry = readdir(directory)) != NULL;) {
		char name[PATH_MAX];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		n_files = replay_file(name) == 0 ? n_files + 1 : -1;
	}
	closedir(directory);
	return n_files;
}

int main(int argc, char **argv)
{
	int n_total = 0;
	for (int i = 1; i < argc; i++) {
		int n_files = replay_directory(argv[i]);
		if (n_files < 0)
			return 1;
		n_total += n_files;
	}
	printf("%d inputs\n", n_total);
	return n_total == 0;
}
