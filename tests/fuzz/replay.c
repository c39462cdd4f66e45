/* SPDX-License-Identifier: MIT */
/*
 * replay.c - main() of a fuzz target without libFuzzer: runs the target once
 * with each file, and with each file of each directory, that it is given.
 * Prints one line of TAP per file. A target that finds an error aborts, and the
 * lines that are then missing fail the test.
 *
 * Without arguments, it uses the corpus of the target, from the program's name
 * (fuzz_cursor: $PUSHCGI_SRC/tests/fuzz/corpus/cursor).
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

enum { PATH_SIZE = 4096 };

static size_t files;

static void
bail_out(const char *path, const char *why)
{
	printf("Bail out! %s: %s\n", path, why);
	exit(EXIT_FAILURE);
}

/* In a rcbuf of exactly its size, so that sanitizers see a byte too far. */
static void
replay_file(const char *path, size_t size)
{
	FILE *in = fopen(path, "rb");
	uint8_t *bytes = malloc(size == 0 ? 1 : size);

	if (in == NULL || bytes == NULL || fread(bytes, 1, size, in) != size)
		bail_out(path, strerror(errno));
	fclose(in);
	printf("# %s\n", path);
	LLVMFuzzerTestOneInput(bytes, size);
	printf("ok %zu - %s\n", ++files, path);
	free(bytes);
}

static void replay(const char *path);

static void
replay_directory(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0)
		bail_out(path, strerror(errno));
	for (int i = 0; i < count; i++) {
		char inner[PATH_SIZE];

		if (entries[i]->d_name[0] != '.') {
			snprintf(inner, sizeof inner, "%s/%s", path,
				 entries[i]->d_name);
			replay(inner);
		}
		free(entries[i]);
	}
	free(entries);
}

static void
replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		bail_out(path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		replay_directory(path);
	else
		replay_file(path, (size_t)st.st_size);
}

static void
replay_corpus_of(const char *program)
{
	const char *source = getenv("PUSHCGI_SRC");
	const char *slash = strrchr(program, '/');
	const char *name = slash == NULL ? program : slash + 1;
	const char *target = strchr(name, '_');
	char path[PATH_SIZE];

	if (target == NULL)
		bail_out(program, "not named fuzz_<target>");
	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s",
		 source == NULL ? "." : source, target + 1);
	replay(path);
}

int
main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		replay_corpus_of(argv[0]);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (files == 0)
		bail_out(argv[0], "no file to replay");
	printf("1..%zu\n", files);
	return EXIT_SUCCESS;
}
