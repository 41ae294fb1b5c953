/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command runs while each allocation is refused in turn, alone or with all that follow it.
 * Either it says and returns what it does with memory, or it ends with status 2 and one line.
 */
#include "tests/unit/libconfuses.h"
#include "tests/unit/cli.h"

#include <limits.h>
#include <sys/mman.h>

#include "cli/plain_stderr.h"

static const char conf[] =
	"include(\"part.conf\")\n"
	"mode = correct\nmay-change = {memory, nodes}\n"
	"nodes \"n\" {\n gpu = g\n gpus = 4\n count = 2\n memory = 384GiB\n cpus = 64\n"
	" partitions = {p}\n}\n"
	"partition \"p\" {\n default = yes\n exempt = {ada}\n max-gpus = 4\n}\n";
static const char part[] =
	"gpu \"g\" {\n memory = 80GB\n tflops = 300\n aliases = {gg, \"g-80\"}\n}\n"
	"family \"llama\" {\n}\n"
	"model \"m\" {\n family = llama\n aliases = {mm}\n layers = 3\n hidden = 2048\n"
	" heads = 16\n vocab = 32000\n reference = true\n}\n";
static const char launchers[] =
	"prefixes = {\"srun\"}\ntraining = {\"train\"}\nmodels = {\"llama\"}\n"
	"launcher \"deepspeed\" {\n programs = {\"deepspeed\"}\n per-node = {\"num_gpus\"}\n}\n"
	"meaning \"model\" {\n names = {\"model_name_or_path\"}\n}\n"
	"meaning \"zero\" {\n names = {\"zero_stage\"}\n}\n"
	"meaning \"engine-file\" {\n names = {\"deepspeed\"}\n}\n";
static const char job[] =
	"#!/bin/bash\n#SBATCH --gpus-per-node=g:2\nfor z in 3; do X+=(--zero_stage $z); done\n"
	"deepspeed train.py --model_name_or_path m --deepspeed ds.json \"${X[@]}\"\n";
static const char ds_json[] =
	"{\"train_micro_batch_size_per_gpu\": 2, \"bf16\": {\"enabled\": true}, # a comment\n"
	"\"zero_optimization\": {\"stage\": 3}}\n";

/* A % in the words is the folder of the files. */
static const struct {
	int (*command)(int argc, char **argv);
	const char *words;
	int status;
} rows[] = {
	{ cli_check, "", 0 },
	{ cli_read, "%/job.sh", 0 },
	{ cli_read, "--explain %/job.sh", 0 },
	{ cli_read, "--json %/job.sh", 0 },
	{ cli_size, "m --zero=3 --gpus-per-node=g:2", 0 },
	{ cli_size, "13B --zero=1 --gpus-per-node=g:1", 1 },
	{ cli_size, "m --config=%/ds.json --gpus=2 --json", 0 },
	{ cli_size, "m --zero=3 --gpus=2 --sweep=seq", 0 },
	{ cli_size, "%/job.sh", 0 },
	{ cli_plan, "m --zero=3", 0 },
	{ cli_plan, "m --zero=3 --json", 0 },
	{ cli_plan, "13B --zero=3 --html=-", 0 },
};

struct outcome {
	int status;
	bool refused;
	char out[65536], err[4096];
};

/* Shared with the command's process, which leaves it for the test. */
static bool *refused;

static void leave(void)
{
	*refused = no_memory_end();
}

static void fill(const char *words, char *line, size_t size)
{
	size_t length = (size_t)snprintf(line, size, "--conf=%s/dsfit.conf ", unit_folder);

	for (; *words && length + 1 < size; words++)
		if (*words == '%')
			length += (size_t)snprintf(line + length, size - length, "%s", unit_folder);
		else
			line[length++] = *words;
	line[length] = '\0';
}

static void take(FILE *from, char *text, size_t size)
{
	size_t length;

	rewind(from);
	length = fread(text, 1, size - 1, from);
	text[length] = '\0';
}

/* As main() does, with memory out after so many allocations. */
static void begin(int row, const char *line, long after, bool forever)
{
	expect_libconfuses();
	atexit(leave);
	cli_watch_output();
	cli_plain_stderr();
	no_memory_begin(after, forever);
	cli_start(rows[row].command, line);
}

/* Returns false if libconfuse ended the process. */
static bool run(int row, long after, bool forever, struct outcome *out)
{
	static FILE *files[2];
	char line[2048];
	int status;
	pid_t child;

	fill(rows[row].words, line, sizeof(line));
	for (int i = 0; i < 2; i++) {
		if (!files[i])
			files[i] = tmpfile();
		ck_assert_ptr_nonnull(files[i]);
		ck_assert_int_eq(ftruncate(fileno(files[i]), 0), 0);
		rewind(files[i]);
	}
	*refused = false;
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		dup2(fileno(files[0]), STDOUT_FILENO);
		dup2(fileno(files[1]), STDERR_FILENO);
		begin(row, line, after, forever);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	take(files[0], out->out, sizeof(out->out));
	take(files[1], out->err, sizeof(out->err));
	ck_assert_msg(WIFEXITED(status), "%s after %ld: signal %d: %s", line, after,
		      WTERMSIG(status), out->err);
	out->status = WEXITSTATUS(status);
	out->refused = *refused;
	return out->status != LIBCONFUSES_END;
}

/* As with memory, but for a warning that is lost; or one line and status 2. */
static void assert_clear(int row, long n, const struct outcome *now, const struct outcome *was)
{
	const char *newline = strchr(now->err, '\n');
	size_t same = 0;

	if (now->status == was->status) {
		while (now->out[same] && now->out[same] == was->out[same])
			same++;
		ck_assert_msg(now->out[same] == was->out[same], "%s after %ld: \"%.500s\", not "
			      "\"%.500s\": %s", rows[row].words, n, now->out + same,
			      was->out + same, now->err);
		return;
	}
	ck_assert_msg(now->status == CLI_USAGE, "%s after %ld: status %d: %s", rows[row].words, n,
		      now->status, now->err);
	ck_assert_msg(newline && !newline[1], "%s after %ld: not one line: \"%s\"",
		      rows[row].words, n, now->err);
	/* The second is libconfuse's. */
	ck_assert_msg(strstr(now->err, "out of memory\n") ||
		      strstr(now->err, "out of dynamic memory"),
		      "%s after %ld: %s", rows[row].words, n, now->err);
}

START_TEST(test_each)
{
	static struct outcome was, now;
	int row = _i / 2, forever = _i % 2;
	long step = no_memory_step(forever), n = row % step, ended = 0;

	/* Without memory there is no other locale. */
	setenv("LC_ALL", "C", 1);
	unit_write("dsfit.conf", conf);
	unit_write("part.conf", part);
	unit_write("launchers.conf", launchers);
	unit_write("job.sh", job);
	unit_write("ds.json", ds_json);
	refused = mmap(NULL, sizeof(*refused), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(refused != MAP_FAILED);
	ck_assert(run(row, LONG_MAX, false, &was));
	ck_assert_msg(was.status == rows[row].status, "%s: %d: %s%s", rows[row].words, was.status,
		      was.out, was.err);
	for (;; n += step) {
		if (!run(row, n, forever, &now)) {
			ended++;
			continue;
		}
		if (!now.refused)
			break;
		assert_clear(row, n, &now, &was);
	}
	ck_assert_int_gt(n, 6);
	ck_assert_int_lt(ended * step, n / 2);
	munmap(refused, sizeof(*refused));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("command, memory out");

	tcase_add_loop_test(unit_folder_case(suite, "each allocation"), test_each, 0,
			    2 * DSFIT_ARRAY_SIZE(rows));
	return unit_run(suite);
}
