/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job script is read while each allocation is refused in turn, alone or with all that follow it.
 * Either everything is found as usual, or the reading has stopped and no job is sized by it.
 */
#include "tests/unit/unit.h"

#include <limits.h>

#include "core/base/array.h"
#include "core/script/documents.h"
#include "core/script/launchers_conf.h"
#include "core/script/read.h"
#include "tests/unit/no_memory.h"

static const char ds_json[] =
	"{\"bf16\": {\"enabled\": true}, # a comment\n"
	"\"zero_optimization\": {\"stage\": 3, \"offload_optimizer\": {\"device\": \"cpu\"}}}\n";
static const char ds_yaml[] =
	"compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\n"
	"deepspeed_config:\n  zero_stage: 3\n  gradient_accumulation_steps: 2\n";

static const char *const scripts[] = {
	"#!/bin/bash\n#SBATCH --gpus-per-node=4\nfor m in a b; do X+=(--lr 1); done\n"
	"deepspeed train.py --model_name_or_path meta-llama/Llama-2-7b-hf --deepspeed ds.json "
	"\"${X[@]}\"\n",
	"cat <<E >c.yaml\nmodel_name_or_path: Qwen/Qwen2.5-7B\ndeepspeed: ds.json\n"
	"per_device_train_batch_size: 4\nE\nllamafactory-cli train c.yaml\n",
	"accelerate launch --config_file ds.yaml train.py --model_name_or_path gpt2 "
	"--per_device_train_batch_size $((2 * 4)) --max_seq_length 512\n",
};

/* A dsfit_file_reader. */
static char *read_file(void *context, const char *path, size_t *length)
{
	const char *name = strrchr(path, '/');
	const char *text = name && !strcmp(name, "/ds.json") ? ds_json :
			   name && !strcmp(name, "/ds.yaml") ? ds_yaml : NULL;

	(void)context;
	*length = text ? strlen(text) : 0;
	return text ? strdup(text) : NULL;
}

/* Read it so that memory is out after so many allocations. Returns whether it was. */
static bool read_script(const struct dsfit_launchers *launchers, const char *text, long after,
			bool forever, int *rc, struct dsfit_script_found *found)
{
	const struct dsfit_script_given given = {
		.name = "job.sh", .text = text, .length = strlen(text), .folder = "/home/me",
		.read = read_file, .documents = dsfit_document_read, .wants_commands = true,
	};
	bool refused;
	long held;

	no_memory_begin(after, forever);
	*rc = dsfit_script_read(launchers, &given, found);
	if (!*rc)
		dsfit_script_found_free(found);
	refused = no_memory_end();
	held = no_memory.held;
	ck_assert_msg(held == 0, "after %ld: %ld blocks are left", after, held);
	return refused;
}

static void assert_same(const struct dsfit_script_found *now, const struct dsfit_script_found *was,
			long n)
{
	ck_assert_msg(now->kind == was->kind, "after %ld: kind %d", n, now->kind);
	for (int i = 0; i < DSFIT_SCRIPT_FIELDS; i++)
		ck_assert_msg(!strcmp(now->fact[i].text, was->fact[i].text) &&
			      now->fact[i].sure == was->fact[i].sure, "after %ld: %s is %s, not %s",
			      n, dsfit_script_field_names[i], now->fact[i].text,
			      was->fact[i].text);
}

START_TEST(test_script)
{
	struct dsfit_launchers *launchers =
		dsfit_launchers_load(TEST_CONF "/launchers.conf", NULL, NULL);
	static struct dsfit_script_found was, now;
	int rc;

	ck_assert_ptr_nonnull(launchers);
	read_script(launchers, scripts[_i], LONG_MAX, false, &rc, &was);
	ck_assert(!rc && !was.stopped && was.kind == DSFIT_SCRIPT_TRAINING);
	ck_assert_str_eq(was.fact[DSFIT_SAYS_ZERO].text, "3");
	for (int forever = 0; forever < 2; forever++) {
		long n = 0;

		for (; read_script(launchers, scripts[_i], n, forever, &rc, &now); n++)
			if (!rc && !now.stopped)
				assert_same(&now, &was, n);
		ck_assert_int_gt(n, 10);
	}
	dsfit_launchers_free(launchers);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("script, memory out");

	tcase_add_loop_test(unit_case(suite, "script"), test_script, 0, DSFIT_ARRAY_SIZE(scripts));
	return unit_run(suite);
}
