/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the command's output goes. Three problems are solved here:
 *
 * - what stdout can show (width, UTF-8, colour), for the pictures of core/say;
 * - a file is written whole or not at all: the text goes to a temporary file beside it, and a
 *   rename replaces the old file. Devices and pipes cannot be renamed: they are written directly;
 * - a full disk is noticed. Buffered output can fail as late as exit(), so that is where it is
 *   checked.
 */
#include "cli/output.h"

#include <errno.h>
#include <error.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/common.h"
#include "core/base/size.h"
#include "core/base/wrap.h"
#include "core/formats/json_write.h"

#define WIDTH_DEFAULT 80
/* A longer bar is no easier to read. */
#define WIDTH_MAX 200

static unsigned terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (!width && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		width = size.ws_col;
	if (!width)
		return WIDTH_DEFAULT;
	return width < WIDTH_MAX ? (unsigned)width : WIDTH_MAX;
}

struct dsfit_style cli_style(void)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	/* Only the character set: with LC_NUMERIC, numbers could have a decimal comma. */
	setlocale(LC_CTYPE, "");
	return (struct dsfit_style){
		.width = terminal_width(),
		.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour) &&
			  terminal && strcmp(terminal, "dumb"),
	};
}

static void cannot_write(const char *option, const char *path)
{
	error(CLI_USAGE, 0, "--%s=%s: cannot be written: %s", option, path, strerror(errno));
}

/* Write directly: to a device, a pipe, or a file that has no name. */
static void write_through(const char *option, const char *path, const char *text)
{
	FILE *out = fopen(path, "w");
	int failed;

	if (!out) {
		cannot_write(option, path);
		return;
	}
	failed = fputs(text, out) < 0;
	if (fclose(out) || failed)
		cannot_write(option, path);
}

/* Write the text and set the file mode. Closes fd. Returns 0; or -1 and errno. */
static int fill_file(int fd, const char *text, mode_t mode)
{
	FILE *out = fdopen(fd, "w");
	int failed, kept;

	if (!out) {
		kept = errno;
		close(fd);
		errno = kept;
		return -1;
	}
	failed = fchmod(fd, mode) || fputs(text, out) < 0;
	return fclose(out) || failed ? -1 : 0;
}

bool cli_is_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

void cli_one_stdout(bool json, const char *svg, const char *html)
{
	const char *first = json ? "json" : "svg=-", *second = cli_is_stdout(html) ? "html" : "svg";

	if (json + cli_is_stdout(svg) + cli_is_stdout(html) > 1)
		error(CLI_USAGE, 0, "--%s=- and --%s both write to stdout: write --%s=FILE instead",
		      second, first, second);
}

void cli_write_file(const char *option, const char *path, const char *text)
{
	char target[PATH_MAX], temporary[PATH_MAX + 8];
	mode_t mask = umask(0), mode = 0666 & ~mask;
	struct stat there;
	int fd, kept;

	umask(mask);
	if (cli_is_stdout(path)) {
		fputs(text, stdout);
		return;
	}
	if (!stat(path, &there)) {
		/* realpath() fails if /dev/stdout is a deleted file. */
		if (!S_ISREG(there.st_mode) || !realpath(path, target)) {
			write_through(option, path, text);
			return;
		}
		mode = there.st_mode & 0777;
	} else if (!realpath(path, target)) {
		if (errno != ENOENT || strlen(path) >= sizeof(target))
			cannot_write(option, path);
		strcpy(target, path);
	}
	/* The target of a symbolic link is replaced, not the link. */
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", target);
	fd = mkstemp(temporary);
	if (fd < 0)
		cannot_write(option, path);
	if (fill_file(fd, text, mode) || rename(temporary, target)) {
		kept = errno;
		unlink(temporary);
		errno = kept;
		cannot_write(option, path);
	}
}

size_t cli_columns(void)
{
	return isatty(STDOUT_FILENO) ? dsfit_max(terminal_width(), DSFIT_WIDTH_MIN) : 0;
}

void cli_print(const char *text)
{
	dsfit_wrap(stdout, text, cli_columns());
}

void cli_print_json(struct json_object *root, int style)
{
	char *text = dsfit_json_end(root, style);

	cli_need(!text);
	puts(text);
	free(text);
}

/* Called by exit(), which must not be called again. */
static void close_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return;
	error(0, 0, "the output cannot be written");
	_exit(CLI_USAGE);
}

void cli_watch_output(void)
{
	if (atexit(close_output))
		error(CLI_USAGE, 0, "out of memory");
}
