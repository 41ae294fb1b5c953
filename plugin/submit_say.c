/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/submit_say.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/base/wrap.h"

/* The longest text that Slurm and dsfit_submit_say_text() put before a line. */
#define LINE_PREFIX "sbatch: error: dsfit: "

/* A line that goes to a file or a pipe is not wrapped, so that it can be searched. */
size_t dsfit_submit_columns(void)
{
	struct winsize size = { 0 };
	size_t prefix = strlen(LINE_PREFIX);

	if (!isatty(STDERR_FILENO))
		return 0;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		size.ws_col = 80;
	return size.ws_col > 2 * prefix ? size.ws_col - prefix : 0;
}

/* Log each line by itself: Slurm puts its prefix only before the first line of a message. */
void dsfit_submit_say_text(char *text, void (*log)(const char *, ...))
{
	char *rest = text, *line;

	if (!text)
		log("dsfit: out of memory: what would be said here is lost");
	while (text && (line = strsep(&rest, "\n"))) {
		/* What is quoted may be from a file or a script of somebody else. */
		dsfit_harmless(line);
		if (*line)
			log("dsfit: %s", line);
	}
	free(text);
}

void dsfit_submit_say(void (*log)(const char *, ...), const char *format, ...)
{
	struct dsfit_text text;
	char line[LINE_MAX], *wrapped = NULL;
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (dsfit_text_begin(&text)) {
		dsfit_wrap(text.out, line, dsfit_submit_columns());
		wrapped = dsfit_text_end(&text);
	}
	if (wrapped) {
		dsfit_submit_say_text(wrapped, log);
		return;
	}
	dsfit_harmless(line);
	log("dsfit: %s", line);
}
