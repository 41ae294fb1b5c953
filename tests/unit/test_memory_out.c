/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each allocation is refused in turn, alone or with all that follow it: while a configuration is
 * read, while a declaration is resolved, a job decided on and put into words. Whatever then
 * cannot be done is said, and nothing crashes.
 */
#include "tests/unit/unit.h"

#include <limits.h>
#include <sys/wait.h>

#include "core/declare/declaration.h"
#include "core/say/say.h"
#include "tests/unit/decisions.h"
#include "tests/unit/no_memory.h"

/* Everything that dsfit.conf can have, small: each round reads all of it. */
static const char conf[] =
	"include(\"part.conf\")\n"
	"mode = correct\nmay-change = {memory, nodes}\nmay-change += {gpus}\n"
	"exempt = {ada, \"@staff\", \"account:lab\"}\nmay-override = {\"*\"}\n"
	"help-url = \"https://help\"\nstorage = 1TB\ndefaults {\n zero = 3\n}\n"
	"estimate {\n context = 1800MiB\n}\n"
	"nodes \"n\" {\n gpu = g\n gpus = 4\n count = 2\n memory = 384GiB\n cpus = 64\n"
	" features = {a, b}\n partitions = {p, q}\n}\n"
	"partition \"p\" {\n default = yes\n exempt = {ada}\n max-gpus = 4\n}\n"
	"partition \"q\" { }\n"
	"qos \"normal\" {\n default = yes\n}\nassociation \"lab\" {\n}\n";

static const char part[] =
	"gpu \"g\" {\n memory = 80GB\n aliases = {gg, \"g-80\"}\n}\n"
	"model \"m\" {\n aliases = {mm}\n layers = 3\n hidden = 2048\n heads = 16\n"
	" vocab = 32000\n}\n"
	"family \"f\" {\n aliases = {ff}\n}\n";

static const char *write_conf(void)
{
	unit_write("part.conf", part);
	return unit_write("dsfit.conf", conf);
}

/* How a process ends that reads the configuration. */
enum { ENDED_WELL, ENDED_WHOLE, ENDED_BY_LIBRARY, ENDED_WITHOUT_REASON, ENDED_WITH_BLOCKS };

/* Read it so that memory is out from the allocation after so many on. What the parser had come to
 * stays. */
static int load(const char *path, long after, bool keep, bool forever)
{
	struct dsfit_kept_files texts = { 0 };
	struct dsfit_names files = { 0 };
	struct dsfit_error err = { "" };
	struct dsfit_site *site;
	bool refused, loaded;

	no_memory_begin(after, forever);
	site = keep ? dsfit_site_load_keeping(path, NULL, &files, &texts, &err) :
		      dsfit_site_load_warning(path, NULL, &err);
	refused = no_memory_end();
	loaded = site;
	dsfit_site_free(site);
	dsfit_names_free(&files);
	dsfit_kept_files_free(&texts);
	/* A warning may be lost, and the rest be whole. */
	if (!loaded && (!err.text[0] || !refused))
		return ENDED_WITHOUT_REASON;
	if (no_memory.held && !refused)
		return ENDED_WITH_BLOCKS;
	return refused ? ENDED_WELL : ENDED_WHOLE;
}

/* The same in a process of its own. Where memory goes while libconfuse parses, which dsfit makes
 * unlikely by asking first, it ends the process: by exit(2), or by a failed assertion. */
static int load_apart(const char *path, long after, bool keep, bool forever)
{
	int status = 0;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		fclose(stderr);
		_exit(load(path, after, keep, forever));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		return ENDED_BY_LIBRARY;
	ck_assert_msg(WIFEXITED(status), "after %ld: signal %d", after, WTERMSIG(status));
	return WEXITSTATUS(status);
}

START_TEST(test_load)
{
	const char *path = write_conf();
	long n = 0, ended = 0;
	bool keep = _i % 2, forever = _i / 2;
	int end;

	/* What the C library keeps for itself is there afterwards. */
	dsfit_site_free(dsfit_site_load(path, NULL));
	while ((end = load_apart(path, n, keep, forever)) != ENDED_WHOLE) {
		ck_assert_msg(end == ENDED_WELL || end == ENDED_BY_LIBRARY, "after %ld: %d", n,
			      end);
		ended += end == ENDED_BY_LIBRARY;
		n++;
	}
	ck_assert_int_gt(n, 40);
	/* A tree that is half built is not freed: that would end most. */
	ck_assert(forever || ended < 10);
}
END_TEST

/* A configuration that is wrong is freed with what it had come to. */
START_TEST(test_wrong)
{
	static const char *const wrong[] = {
		"may-change = {memory, include(\"part.conf\")}\n",
		"gpu \"g\" {\n memory = 80GB\n aliases = {\"a\", \"b\"\n",
		"nodes \"n\" {\n features = {a, b}\n bogus = 1\n}\n",
	};
	struct dsfit_error err;
	long held;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(wrong); i++) {
		const char *path = unit_write("wrong.conf", wrong[i]);

		dsfit_site_load(path, &err);
		for (int round = 0; round < 3; round++) {
			no_memory_begin(LONG_MAX, false);
			dsfit_site_load(path, &err);
			no_memory_end();
			held = no_memory.held;
			ck_assert_int_eq(held, 0);
		}
	}
}
END_TEST

/* --- a job ----------------------------------------------------------------------------------- */

static const char ds_json[] =
	"{\"train_micro_batch_size_per_gpu\": 2, \"bf16\": {\"enabled\": true}, # a comment\n"
	"\"zero_optimization\": {\"stage\": 3, \"offload_optimizer\": {\"device\": \"cpu\"}}}\n";
static const char ds_yaml[] =
	"compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\n"
	"deepspeed_config:\n  zero_stage: 3\n  gradient_accumulation_steps: 2\n";
/* What is declared, with a file or without, and what is asked for. */
static const struct {
	const char *declared, *option, *file, *asked;
} job_rows[] = {
	{ "model=13B zero=3", NULL, NULL, "gpus-per-node=a100:4" },
	{ "model=13B zero=3 offload=cpu", NULL, NULL, "gpus-per-node=a100:1 mem=1G" },
	{ "model=llama-3-8b batch=4 seq=8192", NULL, NULL, "gpus=h100:1 nodes=1" },
	{ "model=meta-llama/Llama-3.1-70B method=lora", NULL, NULL, "gpus=1" },
	{ "model=13B", "config", "ds.json", "gpus-per-node=a100:1" },
	{ "model=13B", "config", "ds.yaml", "gpus-per-node=a100:1" },
};

/* Size it so that memory is out after so many allocations. Returns whether it was. */
static bool size_job(const struct dsfit_site *site, const struct dsfit_declaration *declaration,
		     const struct dsfit_request *request, long after, bool forever)
{
	struct dsfit_workload workload;
	struct dsfit_decision decision;
	struct dsfit_error err = { "" };
	struct dsfit_say words = { .site = site, .workload = &workload, .decision = &decision,
				   .write_request = dsfit_request_text, .prefix = "--ds-" };
	int rc;
	bool refused;
	long held;

	no_memory_begin(after, forever);
	rc = dsfit_declaration_resolve(declaration, &site->models, &site->defaults, &workload,
				       &err);
	if (!rc) {
		dsfit_decide(site, &workload, request, &open_gate, &decision);
		free(dsfit_say_decision(&words));
	}
	refused = no_memory_end();
	held = no_memory.held;
	ck_assert_msg(!rc || err.text[0], "after %ld: no reason", after);
	ck_assert_msg(refused || !rc, "%s", err.text);
	ck_assert_msg(held == 0, "after %ld: %ld blocks are left", after, held);
	return refused;
}

START_TEST(test_job)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_declaration declaration;
	struct dsfit_request request;
	char declared[512], line[WORDS_MAX];

	unit_write("ds.json", ds_json);
	unit_write("ds.yaml", ds_yaml);
	snprintf(declared, sizeof(declared), "%s", job_rows[_i].declared);
	if (job_rows[_i].file)
		snprintf(declared + strlen(declared), sizeof(declared) - strlen(declared), " %s=%s",
			 job_rows[_i].option, unit_path(job_rows[_i].file));
	declaration = words_declaration(declared, line);
	request = ask(job_rows[_i].asked, &sbatch);
	size_job(site, &declaration, &request, LONG_MAX, false);
	for (int forever = 0; forever < 2; forever++) {
		long n = 0;

		while (size_job(site, &declaration, &request, n, forever))
			n++;
	}
	dsfit_site_free(site);
}
END_TEST

/* Without memory for more than the first accounts each of them is made again, and is right. */
START_TEST(test_accounts)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=13B zero=3");
	struct dsfit_accounts accounts;
	bool refused, same = true;

	dsfit_accounts_begin(&accounts, site, &workload);
	no_memory_begin(0, true);
	for (uint64_t i = 0; i < 300; i++) {
		const struct dsfit_layout layout = { .nodes = 1 + i * 7 % 40, .gpus_per_node = 8,
						     .gpus = 8 * (1 + i * 7 % 40) };
		const struct dsfit_assessment *a = dsfit_account_for(&accounts, &layout);
		struct dsfit_account alone;

		dsfit_account(&workload.model, &site->families, &workload.training, &layout,
			      &site->estimate, &alone);
		same &= a->layout.gpus == layout.gpus &&
			a->account.gpu.peak == alone.gpu.peak &&
			a->account.host.high == alone.host.high;
	}
	refused = no_memory_end();
	ck_assert(refused && same);
	ck_assert_int_eq(no_memory.held, 0);
	dsfit_accounts_end(&accounts);
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory out");
	TCase *tcase = unit_folder_case(suite, "configuration");

	tcase_add_loop_test(unit_folder_case(suite, "job"), test_job, 0,
			    DSFIT_ARRAY_SIZE(job_rows));
	tcase_add_loop_test(tcase, test_load, 0, 4);
	tcase_add_test(tcase, test_wrong);
	add_all(suite, "accounts", (const TTest *const[]){ test_accounts, NULL });
	return unit_run(suite);
}
