/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/plain_stderr.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static char plain(char c)
{
	return c == '\n' || (c >= ' ' && c < 0x7f) ? c : '?';
}

static int write_all(const char *text, size_t length)
{
	while (length) {
		ssize_t written = write(STDERR_FILENO, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

/* For fopencookie(): 0 says that it failed. */
static ssize_t write_plain(void *nothing, const char *text, size_t size)
{
	char line[512];
	size_t length;

	(void)nothing;
	for (size_t done = 0; done < size; done += length) {
		for (length = 0; length < sizeof(line) && done + length < size; length++)
			line[length] = plain(text[done + length]);
		if (write_all(line, length))
			return 0;
	}
	return (ssize_t)size;
}

void cli_plain_stderr(void)
{
	const cookie_io_functions_t functions = { .write = write_plain };
	FILE *out = fopencookie(NULL, "w", functions);

	if (!out)
		return;
	/* As stderr is: what was written is seen even if the command ends by a signal. */
	setvbuf(out, NULL, _IOLBF, 0);
	stderr = out;
}
