/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_CLI_H
#define DSFIT_TESTS_CLI_H

#include "tests/unit/unit.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "cli/commands.h"
#include "cli/common.h"
#include "cli/output.h"

/*
 * Runs a subcommand as a shell would: in a process of its own, because it may end the process. Its
 * output is kept. Its words are one line: "--model=13B --gpus=4".
 */
#define CLI_TEXT (256 * 1024)

struct cli_run {
	int status;			/* of the process; -1: it was killed */
	char out[CLI_TEXT], err[CLI_TEXT];
};

static struct cli_run cli_ran;

static inline void cli_start(int (*command)(int, char **), const char *words)
{
	static char line[4096], name[] = "dsfit test";
	char *argv[64] = { name }, *rest = line, *word;
	int argc = 1;

	snprintf(line, sizeof(line), "%s", words);
	while ((word = strsep(&rest, " ")))
		if (*word && argc + 1 < (int)DSFIT_ARRAY_SIZE(argv))
			argv[argc++] = word;
	program_invocation_name = name;
	argp_err_exit_status = CLI_USAGE;
	exit(command(argc, argv));
}

static inline void cli_take(FILE *from, char text[CLI_TEXT])
{
	size_t length;

	rewind(from);
	length = fread(text, 1, CLI_TEXT - 1, from);
	text[length] = '\0';
	fclose(from);
}

/* Run it with `out` as its stdout. What it prints on stderr is in cli_ran.err. */
static inline int cli_run_onto(int (*command)(int, char **), const char *words, int out)
{
	FILE *err = tmpfile();
	int status = 0;
	pid_t child;

	ck_assert_ptr_nonnull(err);
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		dup2(out, STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		cli_start(command, words);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	cli_take(err, cli_ran.err);
	cli_ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return cli_ran.status;
}

/* Run it. Returns the exit status; the output is in cli_ran. */
static inline int cli_run(int (*command)(int, char **), const char *words)
{
	FILE *out = tmpfile();

	ck_assert_ptr_nonnull(out);
	cli_run_onto(command, words, fileno(out));
	cli_take(out, cli_ran.out);
	return cli_ran.status;
}

/* Run it on a terminal of so many columns. The "\r" that a terminal adds to a line is removed. */
static inline int cli_run_on_terminal(int (*command)(int, char **), const char *words,
				      unsigned short columns)
{
	const struct winsize size = { .ws_row = 24, .ws_col = columns };
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	size_t length = 0;
	ssize_t got;
	char *end = cli_ran.out;

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master) || unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(slave, 0);
	ck_assert_int_eq(ioctl(slave, TIOCSWINSZ, &size), 0);
	ck_assert_int_eq(fcntl(master, F_SETFL, O_NONBLOCK), 0);
	/* Nobody reads yet, so the text must fit into the kernel's buffer of a terminal: 4 KiB. */
	cli_run_onto(command, words, slave);
	while ((got = read(master, cli_ran.out + length, CLI_TEXT - 1 - length)) > 0)
		length += (size_t)got;
	close(slave);
	close(master);
	for (size_t i = 0; i < length; i++)
		if (cli_ran.out[i] != '\r')
			*end++ = cli_ran.out[i];
	*end = '\0';
	return cli_ran.status;
}

/* Assert that it ends with this status, and that its stdout or stderr contains `part`. */
#define cli_assert(command, words, wanted, part)                                                 \
	do {                                                                                     \
		cli_run(command, words);                                                         \
		ck_assert_msg(cli_ran.status == (wanted), "%s: %d: %s", words, cli_ran.status,   \
			      cli_ran.err);                                                      \
		ck_assert_msg(strstr(cli_ran.out, part) || strstr(cli_ran.err, part),            \
			      "%s: says not \"%s\": %s%s", words, part, cli_ran.out,             \
			      cli_ran.err);                                                      \
	} while (0)

#endif
