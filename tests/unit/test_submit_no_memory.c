/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A submission in which each allocation is refused in turn, alone or with all that follow it, from
 * the first option to the last. sbatch itself has memory (Slurm's own allocator ends the process).
 * What dsfit then cannot do is not done: the job passes as it was typed, or what happens to it is
 * what would have happened, and its user is told. Nothing crashes, and no block is left.
 */
#include "tests/unit/libconfuses.h"

#include <limits.h>
#include <sys/wait.h>

#include <check.h>

/* So does libcheck, which notes each assertion. */
#undef _mark_point
#define _mark_point(file, line)                                                                 \
	(no_memory_pause(), (_mark_point)(file, line), no_memory_go_on())

#define _ck_assert_failed(...) (no_memory_end(), (_ck_assert_failed)(__VA_ARGS__))

static void *sbatch_own_end(void *value)
{
	no_memory_go_on();
	return value;
}

#define SBATCH_OWN(call) (no_memory_pause(), sbatch_own_end(call))
#define SBATCH_HAS_ACCESSORS
#include "tests/unit/sbatch.h"

#include "core/declare/passed_on.h"
#include "tests/unit/words.h"

static const char conf[] =
	"mode = correct\nhelp-url = \"https://help\"\n"
	"gpu \"g\" {\n memory = 80GB\n tflops = 300\n}\n"
	"family \"llama\" {\n}\n"
	"model \"m\" {\n family = llama\n layers = 3\n hidden = 2048\n heads = 16\n"
	" reference = true\n"
	" vocab = 32000\n}\n"
	"nodes \"n\" {\n gpu = g\n gpus = 4\n count = 2\n memory = 384GiB\n cpus = 64\n"
	" features = {a, b}\n partitions = {p}\n}\n"
	"partition \"p\" {\n default = yes\n}\n";

static const char launchers[] =
	"prefixes = {\"srun\"}\ntraining = {\"train\"}\nmodels = {\"llama\"}\n"
	"launcher \"deepspeed\" {\n programs = {\"deepspeed\"}\n per-node = {\"num_gpus\"}\n}\n"
	"meaning \"model\" {\n names = {\"model_name_or_path\"}\n}\n"
	"meaning \"zero\" {\n names = {\"zero_stage\"}\n}\n"
	"meaning \"engine-file\" {\n names = {\"deepspeed\"}\n}\n";

static const char ds_json[] =
	"{\"train_micro_batch_size_per_gpu\": 2, \"bf16\": {\"enabled\": true}, # a comment\n"
	"\"zero_optimization\": {\"stage\": 3, \"offload_optimizer\": {\"device\": \"cpu\"}}}\n";
static const char model_json[] =
	"{\"model_type\": \"llama\", \"num_hidden_layers\": 4, \"hidden_size\": 1024, "
	"\"num_attention_heads\": 8, \"intermediate_size\": 4096, \"vocab_size\": 32000}\n";

/* What is typed, and files that are named in it: a % is the folder. */
static const struct {
	const char *declared, *asked;
} rows[] = {
	{ "model=m zero=1 set=workers:2 set=loss:fused", "gpus=1 account=lab" },
	{ "model=13B zero=3 offload=cpu", "gpus-per-node=g:2 mem=1G" },
	{ "model=900B zero=1", "gpus-per-node=g:1" },
	{ "model=m zero=4", "gpus=1" },
	{ "model=m config=%/ds.json", "gpus-per-node=g:1 mem=1G" },
	{ "model=%/model.json zero=2", "gpus=2" },
	{ "", "gpus-per-node=g:1 wrap=deepspeed\ttrain.py\t--model_name_or_path\t%\t--deepspeed"
	  "\t%/ds.json" },
};

/* What came of a submission, as its user and slurmctld see it. */
struct outcome {
	int rc;
	char said[4096], options[1024], model[DSFIT_PASSED_ON_MAX];
	bool refused;			/* memory was, at some allocation */
	bool libconfuses;		/* see is_libconfuses() */
	long held;
};

static const char *fill(const char *words, char text[WORDS_MAX])
{
	size_t length = 0;

	for (; *words; words++)
		if (*words == '%')
			length += (size_t)snprintf(text + length, WORDS_MAX - length, "%s",
						   unit_folder);
		else
			text[length++] = *words;
	text[length] = '\0';
	return text;
}

static void note_options(char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < SBATCH_OPTIONS; i++)
		if (sbatch.option[i].set)
			length += (size_t)snprintf(text + length, size - length, " %s=%s",
						   sbatch_option_name(i), sbatch.option[i].value);
}

static void request(int row)
{
	char words[WORDS_MAX];

	sbatch_request(fill(rows[row].asked, words));
	for (size_t i = 0; i < SBATCH_OPTIONS; i++)
		for (char *c = sbatch.option[i].value; *c; c++)
			*c = *c == '\t' ? ' ' : *c;
}

/* Submit, so that memory is out after so many allocations. */
static void submit(int row, long after, bool forever, struct outcome *out)
{
	static char folder[400];
	char words[WORDS_MAX], *av[] = { folder, NULL };
	const char *model;

	snprintf(folder, sizeof(folder), "conf=%s", unit_path("dsfit.conf"));
	request(row);
	no_memory_begin(after, forever);
	ck_assert_int_eq(sbatch_load(S_CTX_ALLOCATOR, 1, av), 0);
	sbatch_declare(fill(rows[row].declared, words));
	out->rc = sbatch_submit();
	sbatch_end();
	out->refused = no_memory_end();
	out->libconfuses = libconfuses;
	out->held = no_memory.held;
	model = sbatch_control(SBATCH_PASSED "model");
	snprintf(out->model, sizeof(out->model), "%s", model ? model : "");
	snprintf(out->said, sizeof(out->said), "%s", sbatch.said);
	note_options(out->options, sizeof(out->options));
}

/* The same in a process of its own. Returns false if libconfuse ended it: where memory goes while
 * it parses, which dsfit makes unlikely by asking first. */
static bool submit_apart(int row, long after, bool forever, struct outcome *out)
{
	int ends[2], status;
	ssize_t got;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		fclose(stderr);
		expect_libconfuses();
		submit(row, after, forever, out);
		_exit(write(ends[1], out, sizeof(*out)) != (ssize_t)sizeof(*out));
	}
	close(ends[1]);
	got = read(ends[0], out, sizeof(*out));
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "%d after %ld: signal %d", row, after, WTERMSIG(status));
	/* Its scanner exits with 2. */
	if (WEXITSTATUS(status) == LIBCONFUSES_END || WEXITSTATUS(status) == 2)
		return false;
	ck_assert_msg(!WEXITSTATUS(status), "%d after %ld: exit status %d", row, after,
		      WEXITSTATUS(status));
	ck_assert_msg(got == (ssize_t)sizeof(*out), "%d after %ld: no outcome", row, after);
	return true;
}

/* The name of a folder may be lost. */
static const char *behind_name(const char *line)
{
	const char *behind = strstr(line, ",family=");

	return behind ? behind : line;
}

/* What may come of it instead of what comes of it with memory. */
static void assert_harmless(int row, long n, const struct outcome *now, const struct outcome *was)
{
	static struct outcome typed;
	bool as_was = now->rc == was->rc && !strcmp(now->options, was->options);
	bool as_typed;

	request(row);
	note_options(typed.options, sizeof(typed.options));
	as_typed = !now->rc && !strcmp(now->options, typed.options);
	ck_assert_msg(as_was || as_typed, "%d after %ld: %d,%s: %s", row, n, now->rc, now->options,
		      now->said);
	ck_assert_msg(now->said[0] || (!now->rc && !strcmp(now->options, typed.options) &&
				       !*rows[row].declared),
		      "%d after %ld: nothing is said of %d,%s", row, n, now->rc, now->options);
	if (strstr(now->said, ": out of memory\n") && strstr(now->said, "not sized: out of memory"))
		ck_assert(as_typed);
	else if (strstr(now->said, "out of memory:"))
		unit_assert_has(now->said, "out of memory: what would be said here is lost\n");
	/* slurmctld sizes what was declared, as typed or as a line, or nothing. */
	ck_assert_msg(strncmp(now->model, "dsfit1", 6) || !strcmp(behind_name(now->model),
								  behind_name(was->model)),
		      "%d after %ld: %s, not %s", row, n, now->model, was->model);
}

START_TEST(each)
{
	static struct outcome was, now;
	int row = _i / 2, forever = _i % 2;
	long step = no_memory_step(forever), n = row % step, ended = 0, left = 0;

	unit_write("dsfit.conf", conf);
	unit_write("ds.json", ds_json);
	unit_write("model.json", model_json);
	unit_write("config.json", model_json);
	unit_write("launchers.conf", launchers);
	ck_assert(submit_apart(row, LONG_MAX, false, &was));
	ck_assert_msg(was.said[0], "%d", row);
	for (;; n += step) {
		if (!submit_apart(row, n, forever, &now)) {
			ended++;
			continue;
		}
		if (!now.refused)
			break;
		assert_harmless(row, n, &now, &was);
		/* What libconfuse has built half stays. */
		left += now.held > was.held && !now.libconfuses;
	}
	ck_assert_int_gt(n, 40);
	ck_assert_int_lt(ended * step, n / 2);
	/* dsfit keeps a tree of libconfuse's where it could not ask for memory before. Of each file
	 * there is one. */
	ck_assert_msg(forever || left <= 2, "%d: blocks are left %ld times", row, left);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("submit, memory out");
	TCase *tcase = unit_folder_case(suite, "each allocation");

	tcase_add_loop_test(tcase, each, 0, 2 * DSFIT_ARRAY_SIZE(rows));
	return unit_run_apart(suite);
}
