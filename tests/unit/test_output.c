/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/output.c and cli/common.c: what the command finds out about its terminal, how it writes a
 * file, and how it finds its configuration.
 */
#include "tests/unit/cli.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* --- the terminal -------------------------------------------------------------------------- */

/* Make stdout a terminal of so many columns. Each test runs in a process of its own. */
static void become_terminal(unsigned short columns)
{
	const struct winsize size = { .ws_row = 24, .ws_col = columns };
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master) || unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(slave, 0);
	ck_assert_int_eq(ioctl(slave, TIOCSWINSZ, &size), 0);
	ck_assert_int_eq(dup2(slave, STDOUT_FILENO), STDOUT_FILENO);
}

static void become_file(void)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(dup2(fileno(file), STDOUT_FILENO), STDOUT_FILENO);
}

START_TEST(test_width)
{
	unsetenv("COLUMNS");
	become_file();
	ck_assert_uint_eq(cli_style().width, 80);
	ck_assert_uint_eq(cli_columns(), 0);
	become_terminal(120);
	ck_assert_uint_eq(cli_style().width, 120);
	ck_assert_uint_eq(cli_columns(), 120);
	become_terminal(0);
	ck_assert_uint_eq(cli_style().width, 80);
	become_terminal(5);
	ck_assert_uint_eq(cli_columns(), DSFIT_WIDTH_MIN);
	become_terminal(1000);
	ck_assert_uint_eq(cli_style().width, 200);
	setenv("COLUMNS", "57", 1);
	ck_assert_uint_eq(cli_style().width, 57);
	setenv("COLUMNS", "wide", 1);
	ck_assert_uint_eq(cli_style().width, 200);
}
END_TEST

START_TEST(test_colour)
{
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	become_file();
	ck_assert(!cli_style().colour);
	become_terminal(80);
	ck_assert(cli_style().colour);
	/* https://no-color.org: an empty value does not count. */
	setenv("NO_COLOR", "", 1);
	ck_assert(cli_style().colour);
	setenv("NO_COLOR", "1", 1);
	ck_assert(!cli_style().colour);
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	ck_assert(!cli_style().colour);
	unsetenv("TERM");
	ck_assert(!cli_style().colour);
}
END_TEST

START_TEST(test_characters)
{
	setenv("LC_ALL", "C", 1);
	ck_assert(!cli_style().utf8);
	setenv("LC_ALL", "C.UTF-8", 1);
	ck_assert(cli_style().utf8);
}
END_TEST

/* --- files --------------------------------------------------------------------------------- */

/* A command of one word, the file to write. */
static int write_new(int argc, char **argv)
{
	ck_assert_int_eq(argc, 2);
	cli_write_file("svg", argv[1], "new\n");
	return CLI_FITS;
}

/* The same with a text that is longer than a file may be: writing fails as on a full disk. */
static int write_too_much(int argc, char **argv)
{
	static char text[8192 + 1];
	struct rlimit limit;

	ck_assert_int_eq(argc, 2);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = sizeof(text) / 2;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	memset(text, 'x', sizeof(text) - 1);
	cli_write_file("svg", argv[1], text);
	return CLI_FITS;
}

static void assert_holds(const char *path, const char *wanted)
{
	char text[64] = "";
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	ck_assert_str_eq(text, wanted);
}

static mode_t rights_of(const char *path)
{
	struct stat status;

	ck_assert_int_eq(stat(path, &status), 0);
	return status.st_mode & 0777;
}

/* Assert that the test's folder has only so many files: no temporary one is left. */
static void assert_files(unsigned wanted)
{
	struct stat status;
	char command[600];
	FILE *list;
	unsigned count = 0;

	ck_assert_int_eq(stat(unit_folder, &status), 0);
	snprintf(command, sizeof(command), "ls -A '%s'", unit_folder);
	list = popen(command, "r");
	ck_assert_ptr_nonnull(list);
	for (int c; (c = fgetc(list)) != EOF;)
		count += c == '\n';
	pclose(list);
	ck_assert_uint_eq(count, wanted);
}

START_TEST(test_new_file)
{
	const char *path = unit_path("new.svg");

	umask(027);
	ck_assert_int_eq(cli_run(write_new, path), CLI_FITS);
	assert_holds(path, "new\n");
	ck_assert_uint_eq(rights_of(path), 0640);
	assert_files(1);
	unlink(path);
}
END_TEST

START_TEST(test_replaced_file)
{
	const char *path = unit_write("old.svg", "a longer old text\n");

	ck_assert_int_eq(chmod(path, 0604), 0);
	ck_assert_int_eq(cli_run(write_new, path), CLI_FITS);
	assert_holds(path, "new\n");
	ck_assert_uint_eq(rights_of(path), 0604);
	assert_files(1);
	unlink(path);
}
END_TEST

START_TEST(test_link)
{
	const char *path = unit_write("target.svg", "old\n"), *link = unit_path("link.svg");
	struct stat status;

	ck_assert_int_eq(symlink("target.svg", link), 0);
	ck_assert_int_eq(cli_run(write_new, link), CLI_FITS);
	assert_holds(path, "new\n");
	ck_assert_int_eq(lstat(link, &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	unlink(link);
	unlink(path);
}
END_TEST

START_TEST(test_devices)
{
	/* A link like /dev/stdout. The real one is not used, to be safe. */
	const char *link = unit_path("stdout");
	struct stat status;

	ck_assert_int_eq(symlink("/proc/self/fd/1", link), 0);
	ck_assert_int_eq(cli_run_on_terminal(write_new, link, 80), CLI_FITS);
	ck_assert_str_eq(cli_ran.out, "new\n");
	/* A file that has no name: a rename would replace the link. */
	ck_assert_int_eq(cli_run(write_new, link), CLI_FITS);
	ck_assert_str_eq(cli_ran.out, "new\n");
	ck_assert_int_eq(lstat(link, &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	assert_files(1);
	unlink(link);
	ck_assert_int_eq(cli_run(write_new, "-"), CLI_FITS);
	ck_assert_str_eq(cli_ran.out, "new\n");
	cli_assert(write_new, "/dev/full", CLI_USAGE,
		   "--svg=/dev/full: cannot be written: No space left on device");
	ck_assert(cli_is_stdout("-"));
	ck_assert(!cli_is_stdout("-.svg"));
	ck_assert(!cli_is_stdout(NULL));
}
END_TEST

START_TEST(test_unwritable)
{
	const char *loop = unit_path("loop");

	cli_assert(write_new, "/nosuch/a.svg", CLI_USAGE,
		   "--svg=/nosuch/a.svg: cannot be written: No such file or directory");
	cli_assert(write_new, unit_folder, CLI_USAGE, "cannot be written: Is a directory");
	ck_assert_int_eq(symlink("loop", loop), 0);
	cli_assert(write_new, loop, CLI_USAGE,
		   "cannot be written: Too many levels of symbolic links");
	unlink(loop);
}
END_TEST

/* If the text cannot be written, the old file stays and no part of the new one is left. */
START_TEST(test_whole_or_not)
{
	const char *path = unit_write("kept.svg", "old\n");

	cli_assert(write_too_much, path, CLI_USAGE, "kept.svg: cannot be written: File too large");
	assert_holds(path, "old\n");
	assert_files(1);
	unlink(path);
}
END_TEST

/* --- text ---------------------------------------------------------------------------------- */

#define LONG_LINE "one two three four five six seven eight nine ten eleven twelve\n"

static int print_long(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	cli_print(LONG_LINE);
	return CLI_FITS;
}

START_TEST(test_print)
{
	unsetenv("COLUMNS");
	cli_run(print_long, "");
	ck_assert_str_eq(cli_ran.out, LONG_LINE);
	cli_run_on_terminal(print_long, "", 40);
	ck_assert_ptr_nonnull(strchr(cli_ran.out, '\n'));
	for (char *line = cli_ran.out; *line; line += strcspn(line, "\n") + 1)
		ck_assert_uint_le(strcspn(line, "\n"), 40);
	unit_assert_has(cli_ran.out, "twelve");
}
END_TEST

/* --- the command itself ---------------------------------------------------------------------- */

/* Run `dsfit ARGUMENTS` in a shell. `text` gets stdout and stderr. Returns the exit status. */
static int shell(const char *arguments, char text[4096])
{
	char command[1024];
	FILE *from;
	int status;

	snprintf(command, sizeof(command), "{ '%s' %s; } 2>&1", TEST_COMMAND, arguments);
	from = popen(command, "r");
	ck_assert_ptr_nonnull(from);
	text[fread(text, 1, 4095, from)] = '\0';
	while (fgetc(from) != EOF)
		;
	status = pclose(from);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A command that cannot say what is wrong ends all the same, with its status. */
START_TEST(test_no_stderr)
{
	char text[4096];

	ck_assert_int_eq(shell("size --gpu=nosuch 13B --conf=" TEST_CONF "/dsfit.conf 2>&-", text),
			 CLI_USAGE);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(shell("size --no-such-option 2>/dev/full", text), CLI_USAGE);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(test_output_lost)
{
	static const char *const arguments[] = {
		"--help", "--version", "size --help", "gpus --conf=" TEST_CONF "/dsfit.conf",
	};
	char text[4096];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(arguments); i++) {
		char line[4096];

		snprintf(line, sizeof(line), "%s >/dev/full", arguments[i]);
		ck_assert_int_eq(shell(line, text), CLI_USAGE);
		unit_assert_has(text, "the output cannot be written");
	}
}
END_TEST

START_TEST(test_first_word)
{
	char text[4096];

	ck_assert_int_eq(shell("", text), CLI_USAGE);
	unit_assert_begins(text, "Usage: dsfit COMMAND [OPTION...]\n");
	ck_assert_int_eq(shell("--version", text), CLI_FITS);
	ck_assert_str_eq(text, "dsfit " DSFIT_VERSION "\n");
	ck_assert_int_eq(shell("-V", text), CLI_FITS);
	ck_assert_str_eq(text, "dsfit " DSFIT_VERSION "\n");
	ck_assert_int_eq(shell("help help", text), CLI_FITS);
	unit_assert_begins(text, "Usage: dsfit COMMAND [OPTION...]\n");
	ck_assert_int_eq(shell("help gpus", text), CLI_FITS);
	unit_assert_begins(text, "Usage: dsfit gpus [OPTION...] [WORD]\n");
	ck_assert_int_eq(shell("checq", text), CLI_USAGE);
	unit_assert_has(text, "dsfit: checq: did you mean check? must be one of size, plan, ");
}
END_TEST

/* --- the configuration ----------------------------------------------------------------------- */

START_TEST(test_configuration)
{
	struct cli_common common = { .conf = "/a/typed.conf" };
	char path[PATH_MAX];

	setenv("DSFIT_CONF", "/an/environments.conf", 1);
	ck_assert_str_eq(cli_conf(&common, path), "/a/typed.conf");
	common.conf = NULL;
	ck_assert_str_eq(cli_conf(&common, path), "/an/environments.conf");
	cli_assert(cli_gpus, "", CLI_USAGE, "/an/environments.conf: No such file or directory");
	cli_assert(cli_gpus, "--conf=/nosuch.conf", CLI_USAGE, "/nosuch.conf: No such file");
	/* Without either it is the installed one, or one beside the program that runs. */
	unsetenv("DSFIT_CONF");
	if (!access(DSFIT_SYSCONFDIR "/dsfit.conf", F_OK))
		ck_assert_str_eq(cli_conf(&common, path), DSFIT_SYSCONFDIR "/dsfit.conf");
	else
		unit_assert_has(cli_conf(&common, path), "/dsfit.conf");
}
END_TEST

START_TEST(test_options_in_full)
{
	setenv("DSFIT_CONF", TEST_CONF "/dsfit.conf", 1);
	cli_assert(cli_gpus, "--js", CLI_USAGE,
		   "--js: did you mean --json? options are written in full");
	cli_assert(cli_gpus, "-h", CLI_FITS, "Usage: dsfit test [OPTION...]");
	cli_assert(cli_gpus, "--nosuch", CLI_USAGE, "unrecognized option");
	cli_assert(cli_gpus, "--josn", CLI_USAGE, "--josn: unknown option: did you mean --json?");
	cli_assert(cli_gpus, "--conf", CLI_USAGE, "--conf: its value is missing: --conf=FILE");
	/* A value that looks like an option's beginning is a value. */
	cli_assert(cli_gpus, "--conf --js", CLI_USAGE, "--js: No such file or directory");
}
END_TEST

int main(void)
{
	const TTest *const terminal[] = { test_width, test_colour, test_characters, test_print,
					  NULL };
	const TTest *const command[] = { test_no_stderr, test_output_lost, test_first_word,
					 test_configuration, test_options_in_full, NULL };
	Suite *suite = suite_create("output");
	TCase *files = unit_folder_case(suite, "files");

	tcase_add_test(files, test_new_file);
	tcase_add_test(files, test_replaced_file);
	tcase_add_test(files, test_link);
	tcase_add_test(files, test_devices);
	tcase_add_test(files, test_unwritable);
	tcase_add_test(files, test_whole_or_not);
	unit_add(suite, "terminal", terminal);
	unit_add(suite, "command", command);
	return unit_run(suite);
}
