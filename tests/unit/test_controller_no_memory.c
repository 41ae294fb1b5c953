/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurmctld's plugin sizes a job while each allocation is refused in turn, alone or with all that
 * follow it. slurmctld itself has memory: its own allocator ends it otherwise. Either the job is
 * what it is with memory, or it passes as it was sent, and its user is told that.
 * Nothing crashes, and no block is left.
 */
#include "tests/unit/no_memory.h"
#include "tests/unit/unit.h"

#include <limits.h>
#include <slurm/slurm.h>
#include <slurm/spank.h>
#include <stdarg.h>

#include "plugin/job_desc.h"

/* libcheck has memory, too. */
#undef _mark_point
#define _mark_point(file, line)                                                                 \
	(no_memory_pause(), (_mark_point)(file, line), no_memory_go_on())

#define _ck_assert_failed(...) (no_memory_end(), (_ck_assert_failed)(__VA_ARGS__))

int init(void);
int fini(void);
int job_submit(job_desc_msg_t *desc, uint32_t uid, char **message);

/* --- slurmctld --------------------------------------------------------------------------- */

char *slurm_xstrdup(const char *text)
{
	char *copy;

	no_memory_pause();
	copy = text ? strdup(text) : NULL;
	no_memory_go_on();
	return copy;
}

void slurm_xfree(void **text)
{
	no_memory_pause();
	free(*text);
	no_memory_go_on();
	*text = NULL;
}

slurm_conf_t slurm_conf;

static char last_log[1024];

void slurm_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last_log, sizeof(last_log), format, args);
	va_end(args);
}

void slurm_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last_log, sizeof(last_log), format, args);
	va_end(args);
}

/* --- jobs -------------------------------------------------------------------------------- */

static const char conf[] =
	"mode = correct\nhelp-url = \"https://help\"\ninferred = correct\n"
	"gpu \"g\" {\n memory = 80GB\n tflops = 300\n}\n"
	"family \"llama\" {\n}\n"
	"model \"m\" {\n family = llama\n layers = 3\n hidden = 2048\n heads = 16\n"
	" reference = true\n vocab = 32000\n}\n"
	"nodes \"n\" {\n gpu = g\n gpus = 4\n count = 2\n memory = 384GiB\n cpus = 64\n"
	" features = {a, b}\n partitions = {p, strict}\n}\n"
	"partition \"p\" {\n default = yes\n}\n"
	"partition \"strict\" {\n mode = reject\n undeclared = reject\n}\n";

static const char launchers[] =
	"prefixes = {\"srun\"}\ntraining = {\"train\"}\nmodels = {\"llama\"}\n"
	"launcher \"deepspeed\" {\n programs = {\"deepspeed\"}\n per-node = {\"num_gpus\"}\n}\n"
	"meaning \"model\" {\n names = {\"model_name_or_path\"}\n}\n"
	"meaning \"zero\" {\n names = {\"zero_stage\"}\n}\n";

#define OPTION "_SLURM_SPANK_OPTION_dsfit_ds_"
#define TRAINS "#!/bin/bash\ndeepspeed train.py --model_name_or_path m --zero_stage 3\n"

/* A job, and what its user is told with memory. */
static const struct {
	const char *model, *zero;	/* declared, or NULL */
	const char *per_node, *partition, *constraint, *script;
	uint64_t memory;		/* MiB per node */
	const char *told;
} rows[] = {
	{ "m", "1", "gres:gpu:g:1", NULL, NULL, NULL, 200000, "dsfit: fits: m" },
	{ "13B", "3", "gres:gpu:g:1", NULL, "a&b", NULL, 1024, "dsfit: corrected: " },
	{ "900B", "1", "gres:gpu:g:1", NULL, NULL, NULL, 0, "dsfit: refused: " },
	{ "13B", "3", "gres:gpu:g:1", "strict", NULL, NULL, 0, "dsfit: refused: " },
	{ "m", "4", "gres:gpu:g:1", NULL, NULL, NULL, 0, "dsfit: not sized: " },
	{ NULL, NULL, "gres:gpu:g:1", "strict", NULL, TRAINS, 0, "dsfit: refused: " },
	{ NULL, NULL, "gres:gpu:g:1", NULL, NULL, TRAINS, 200000, "dsfit: " },
	{ "13B", "3", NULL, NULL, NULL, NULL, 0, "dsfit: corrected: " },
};

/* What came of a job. */
struct outcome {
	int rc;
	char message[4096], record[1024], request[256];
	bool refused;			/* memory was, at some allocation */
	long held;
};

static void write_request(const job_desc_msg_t *d, char *text, size_t size)
{
	snprintf(text, size, "%u %u %u %llu %s %s %s", d->min_nodes, d->max_nodes, d->num_tasks,
		 (unsigned long long)d->pn_min_memory, d->tres_per_node ? d->tres_per_node : "-",
		 d->mem_per_tres ? d->mem_per_tres : "-", d->partition ? d->partition : "-");
}

static void describe(int row, job_desc_msg_t *d, char *options[2])
{
	char text[128];

	*d = (job_desc_msg_t){ .user_id = 12345, .group_id = 12345, .spank_job_env = options };
	d->cpus_per_task = d->ntasks_per_node = d->ntasks_per_tres = NO_VAL16;
	d->shared = d->wait_all_nodes = NO_VAL16;
	d->num_tasks = d->pn_min_tmp_disk = d->het_job_offset = NO_VAL;
	d->min_nodes = d->max_nodes = 1;
	d->pn_min_memory = rows[row].memory ? rows[row].memory : NO_VAL64;
	d->tres_per_node = slurm_xstrdup(rows[row].per_node);
	d->partition = slurm_xstrdup(rows[row].partition);
	d->features = slurm_xstrdup(rows[row].constraint);
	d->script = slurm_xstrdup(rows[row].script ? rows[row].script : "#!/bin/sh\n");
	if (!rows[row].model)
		return;
	snprintf(text, sizeof(text), OPTION "model=%s", rows[row].model);
	options[0] = slurm_xstrdup(text);
	snprintf(text, sizeof(text), OPTION "zero=%s", rows[row].zero);
	options[1] = slurm_xstrdup(text);
	d->spank_job_env_size = 2;
}

static void forget(job_desc_msg_t *d, char *options[2])
{
	char **const strings[] = { &d->tres_per_node, &d->mem_per_tres, &d->partition,
				   &d->features, &d->script, &d->admin_comment, &d->tres_per_job,
				   &options[0], &options[1] };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++)
		slurm_xfree((void **)strings[i]);
}

/* Submit, so that memory is out after so many allocations. `as_sent` is the request before. */
static void submit(int row, long after, bool forever, struct outcome *out, char as_sent[256])
{
	char *options[2] = { NULL, NULL }, *message = NULL;
	job_desc_msg_t desc;

	describe(row, &desc, options);
	write_request(&desc, as_sent, 256);
	no_memory_begin(after, forever);
	out->rc = job_submit(&desc, 12345, &message);
	out->refused = no_memory_end();
	out->held = no_memory.held;
	snprintf(out->message, sizeof(out->message), "%s", message ? message : "");
	snprintf(out->record, sizeof(out->record), "%s",
		 desc.admin_comment ? desc.admin_comment : "");
	write_request(&desc, out->request, sizeof(out->request));
	slurm_xfree((void **)&message);
	forget(&desc, options);
}

/* What may come of it instead of what comes of it with memory. */
static void assert_harmless(int row, long n, const struct outcome *now, const struct outcome *was,
			    const char *as_sent)
{
	bool as_was = now->rc == was->rc && !strcmp(now->request, was->request);
	bool passes = !now->rc && !strcmp(now->request, as_sent);

	ck_assert_msg(as_was || passes, "%d after %ld: %d, %s: %s", row, n, now->rc, now->request,
		      now->message);
	/* A job that declares nothing is not promised to be sized. */
	ck_assert_msg(now->message[0] || (passes && !rows[row].model), "%d after %ld: nothing "
		      "is said of %d, %s", row, n, now->rc, now->request);
	if (!as_was && now->message[0])
		ck_assert_msg(strstr(now->message, "out of memory"), "%d after %ld: %s", row, n,
			      now->message);
	/* sacct shows what the job was found to be, or nothing. */
	ck_assert_msg(!now->record[0] || !strcmp(now->record, was->record),
		      "%d after %ld: %s, not %s", row, n, now->record, was->record);
	ck_assert_msg(now->held == 0, "%d after %ld: %ld blocks are left", row, n, now->held);
}

START_TEST(test_each)
{
	static struct outcome was, now;
	int row = _i / 2, forever = _i % 2;
	bool not_sized = false, lost = false;
	char as_sent[256];
	long n = 0;

	unit_write("launchers.conf", launchers);
	setenv("DSFIT_CONF", unit_write("dsfit.conf", conf), 1);
	ck_assert_int_eq(init(), 0);
	submit(row, LONG_MAX, false, &was, as_sent);
	ck_assert_msg(!strncmp(was.message, rows[row].told, strlen(rows[row].told)), "%d: %s (%s)",
		      row, was.message, last_log);
	for (;; n++) {
		submit(row, n, forever, &now, as_sent);
		if (!now.refused)
			break;
		assert_harmless(row, n, &now, &was, as_sent);
		not_sized |= !strcmp(now.message, "dsfit: not sized: out of memory");
		lost |= !strcmp(now.message,
				"dsfit: out of memory: what would be said here is lost");
	}
	ck_assert_int_gt(n, 0);
	ck_assert(lost || !rows[row].model);
	/* Where nothing fits is only known if all could be tried. */
	if (!strcmp(rows[row].told, "dsfit: refused: ") && rows[row].model && !rows[row].partition)
		ck_assert(not_sized);
	ck_assert_int_eq(fini(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("controller, memory out");

	tcase_add_loop_test(unit_folder_case(suite, "each allocation"), test_each, 0,
			    2 * DSFIT_ARRAY_SIZE(rows));
	return unit_run(suite);
}
