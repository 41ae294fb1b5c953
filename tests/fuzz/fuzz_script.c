/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Job scripts that were made to do harm, for libFuzzer: see scripts/fuzz.
 *
 * What follows a byte of 0 is the text of each file that the script names; without one, the files
 * are the script itself. With a main() of its own (-DFUZZ_MAIN) it runs each
 * file of its arguments once, and so many rounds changed at random: fuzz_script 1000 FILE...
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/script/documents.h"
#include "core/script/launchers_conf.h"
#include "core/script/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
	const char *text;
	size_t length;
};

static char *read_file(void *context, const char *path, size_t *length)
{
	const struct file *file = context;
	char *copy = malloc(file->length + 1);

	(void)path;
	if (!copy)
		return NULL;
	memcpy(copy, file->text, file->length);
	copy[file->length] = '\0';
	*length = file->length;
	return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dsfit_launchers *launchers;
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	struct file file = { (const char *)data, size };
	struct dsfit_script_given given = { .documents = dsfit_document_read,
					.name = "job.sh", .folder = "/work",
					    .text = (const char *)data, .length = size,
					    .read = read_file, .context = &file,
					    .wants_commands = true };
	struct dsfit_script_found found;
	struct dsfit_error err;

	if (!launchers)
		launchers = dsfit_launchers_load(LAUNCHERS, NULL, &err);
	if (!launchers)
		abort();
	if (end) {
		given.length = (size_t)(end - data);
		file = (struct file){ (const char *)end + 1, size - given.length - 1 };
	}
	if (!dsfit_script_read(launchers, &given, &found))
		dsfit_script_found_free(&found);
	return 0;
}

#ifdef FUZZ_MAIN
#include <stdio.h>

#include "core/base/file.h"

static const char *const pieces[] = { "\"", "'", "$(", "${", "}", ")", "(", "`", "if ", "fi\n",
	"for x in ", "do ", "done\n", "case x in ", "esac\n", "\n", ";", "|", "&&", "<<E\n", "E\n",
	"python ", "bash -c ", "x=", "$x", "[[ ", "]] ", "((", "))", "{ ", "}\n", "\\", "eval ",
	"=", "*", "%%", "##", "//", ":-", "[@]", "#SBATCH ", "--lr 1 ", "ds.json ", "9999999999",
	"-1", "> ", "< ", ">>", "cat ", "read ", "shift\n", "exit\n", "source x\n", "sed -e ",
	"s|a|b|", "awk '{print $1}'", "head -n 1", "+=(" };

static size_t change(char *text, size_t length, size_t room)
{
	for (int n = rand() % 8; n >= 0; n--) {
		size_t at = length ? (size_t)rand() % length : 0;
		const char *piece = pieces[(size_t)rand() % (sizeof(pieces) / sizeof(*pieces))];
		size_t more = strlen(piece);

		if (rand() % 3 == 0 && length > at + 8) {
			size_t cut = 1 + (size_t)rand() % (length - at - 1);

			memmove(text + at, text + at + cut, length - at - cut);
			length -= cut;
		} else if (length + more < room) {
			memmove(text + at + more, text + at, length - at);
			memcpy(text + at, piece, more);
			length += more;
		}
	}
	return length;
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 0;

	for (int i = 2; i < argc; i++) {
		size_t length;
		char *text = dsfit_file_read(argv[i], &length, NULL);
		char *own = text ? malloc(length * 2 + 4096) : NULL;

		for (long n = 0; own && n < rounds; n++) {
			size_t changed;
			char *exact;

			memcpy(own, text, length);
			changed = n ? change(own, length, length * 2 + 4096) : length;
			exact = malloc(changed ? changed : 1);
			if (!exact)
				break;
			memcpy(exact, own, changed);
			LLVMFuzzerTestOneInput((const uint8_t *)exact, changed);
			free(exact);
		}
		free(own);
		free(text);
	}
	printf("%d files, %ld rounds each\n", argc - 2, rounds);
}
#endif
