/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declarations that are passed on as a line: reading gives the same declaration, and forged lines
 * are refused.
 */
#include "core/declare/passed_on.h"

#include "core/account/account.h"
#include "core/site/load.h"
#include "tests/unit/accounts.h"
#include "tests/unit/words.h"

static struct dsfit_site *site;

static void setup(void)
{
	site = unit_site();
}

static void teardown(void)
{
	dsfit_site_free(site);
	site = NULL;
}

static int resolve(const char *words, struct dsfit_workload *out, struct dsfit_error *err)
{
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(words, line);

	return dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out, err);
}

static void must_resolve(const char *words, struct dsfit_workload *out)
{
	struct dsfit_error err;

	ck_assert_msg(!resolve(words, out, &err), "%s: %s", words, err.text);
}

/* Resolve a declaration that has this line as its model and another option. */
static int resolve_line(const char *line, const char *zero, struct dsfit_workload *out,
			struct dsfit_error *err)
{
	struct dsfit_declaration declaration = { .prefix = "--ds-" };

	declaration.value[DSFIT_OPTION_MODEL] = line;
	declaration.value[DSFIT_OPTION_ZERO] = zero;
	return dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out, err);
}

static const char *const declarations[] = {
	"model=13B",
	"model=350M zero=0",
	"model=llama-3-8b zero=3 offload=cpu",
	"model=mixtral-8x7b zero=3 offload=optimizer:nvme,param:nvme parallel=expert:8,tensor:2",
	"model=8x7B method=qlora:64 base-weights=nf4-dq lora-targets=all-linear seq=512",
	"model=gpt2 method=lora:1 precision=fp32 optimizer=sgd attention=eager checkpointing=none",
	"model=7B engine=none batch=64 dataset=1.5TB goal=production fit=reject explain=full",
	"model=7B zero=3 no-zero-init=true buffer-factor=1.25 largest-layer=131072000",
	"layers=2 hidden=64 heads=4 vocab=1000 tied=true gated=true params=1M",
	"model= layers=2 hidden=64 heads=4 vocab=1000",
	"model=70B parallel=pipeline:4,sequence:2 zero=1",
	NULL,
};

/*
 * What the submit host of 0.1.0 has made of the declarations above, a declaration and its line in
 * each row: a newer slurmctld reads it, and finds the same training and the same model.
 */
START_TEST(lines_of_0_1_0_are_read)
{
	FILE *in = fopen(TEST_DATA "/passed-on-0.1.0.tsv", "r");
	char row[DSFIT_PASSED_ON_MAX];
	int count = 0;

	ck_assert_ptr_nonnull(in);
	for (; fgets(row, sizeof(row), in); count++) {
		struct dsfit_workload now, then;
		struct dsfit_error err;
		char *line = strchr(row, '\t');

		ck_assert_ptr_nonnull(line);
		*line++ = '\0';
		line[strcspn(line, "\n")] = '\0';
		ck_assert_msg(!resolve_line(line, NULL, &then, &err), "%s: %s", row, err.text);
		must_resolve(row, &now);
		ck_assert_uint_eq(then.model.parameters, now.model.parameters);
		ck_assert_uint_eq(then.training.zero, now.training.zero);
		ck_assert_uint_eq(then.training.offload_optimizer, now.training.offload_optimizer);
		ck_assert_uint_eq(then.training.offload_param, now.training.offload_param);
		ck_assert_uint_eq(then.training.method, now.training.method);
		ck_assert_uint_eq(then.training.micro_batch, now.training.micro_batch);
		ck_assert_uint_eq(then.training.sequence, now.training.sequence);
		ck_assert_uint_eq(then.training.expert, now.training.expert);
	}
	fclose(in);
	ck_assert_int_eq(count, 10);
}
END_TEST

START_TEST(the_same_comes_out)
{
	for (int i = 0; declarations[i]; i++) {
		const struct dsfit_layout layout = { .nodes = 2, .gpus_per_node = 8, .gpus = 16 };
		struct dsfit_workload in, out;
		struct dsfit_account before, after;
		struct dsfit_error err;
		char line[DSFIT_PASSED_ON_MAX], again[DSFIT_PASSED_ON_MAX];

		must_resolve(declarations[i], &in);
		ck_assert_int_eq(dsfit_passed_on_write(&in, line, sizeof(line)), 0);
		ck_assert(dsfit_passed_on_is(line));
		ck_assert_msg(!resolve_line(line, NULL, &out, &err), "%s: %s", line, err.text);
		ck_assert_int_eq(dsfit_passed_on_write(&out, again, sizeof(again)), 0);
		ck_assert_str_eq(line, again);
		ck_assert_int_eq(in.fit, out.fit);
		ck_assert_int_eq(in.goal, out.goal);
		dsfit_account(&in.model, &site->families, &in.training, &layout, &site->estimate,
			      &before);
		dsfit_account(&out.model, &site->families, &out.training, &layout, &site->estimate,
			      &after);
		ck_assert_msg(accounts_same(&before, &after),
			      "another account after: %s", line);
	}
}
END_TEST

START_TEST(options_win_over_it)
{
	struct dsfit_workload in, out;
	struct dsfit_error err;
	char line[DSFIT_PASSED_ON_MAX];

	must_resolve("model=3B batch=4", &in);
	ck_assert_uint_eq(in.training.zero, 2);
	ck_assert_int_eq(dsfit_passed_on_write(&in, line, sizeof(line)), 0);
	ck_assert_int_eq(resolve_line(line, "3", &out, &err), 0);
	ck_assert_uint_eq(out.training.zero, 3);
	ck_assert(out.training.overlap_comm);
	ck_assert_uint_eq(out.training.micro_batch, 4);
}
END_TEST

START_TEST(it_has_no_path_and_parts_where_it_should)
{
	struct dsfit_workload in, out;
	struct dsfit_error err;
	char line[DSFIT_PASSED_ON_MAX], small[64];

	must_resolve("model=7B", &in);
	strcpy(in.model.name, "a b,zero=0,c\n\xc3\xa9");
	ck_assert_int_eq(dsfit_passed_on_write(&in, line, sizeof(line)), 0);
	unit_assert_has(line, "name=a_b_zero_0_c???,");
	ck_assert_int_eq(dsfit_passed_on_read(line, &out, &err), 0);
	ck_assert_str_eq(out.model.name, "a_b_zero_0_c???");
	ck_assert_uint_eq(out.training.zero, in.training.zero);
	ck_assert_int_eq(dsfit_passed_on_write(&in, small, sizeof(small)), -1);
	ck_assert_uint_lt(strlen(small), sizeof(small));
}
END_TEST

#define SOUND "dsfit1,name=x,parameters=1000,active=1000,largest-layer=10,layers=1,hidden=8," \
	      "heads=2,vocab=10,count=1000,count-active=1000,count-dense=1000"

START_TEST(forged)
{
	static const struct {
		const char *line, *has;
	} vectors[] = {
		{ "dsfit1,", "must be KEY=VALUE" },
		{ "dsfit1,zero=3", "name, parameters or active is missing" },
		{ SOUND ",", "must be KEY=VALUE" },
		{ SOUND ",layer-kinds=3",
		  "layer-kinds=3: must be runs of layers and dimensions, like 3x1.1x0/m8192" },
		{ SOUND ",layer-kinds=3x9", "layer-kinds=3x9: must be runs" },
		{ SOUND ",layer-kinds=200x1.57x0", "layer-kinds=200x1.57x0: must be runs" },
		{ SOUND ",layer-kinds=3x1/j5", "layer-kinds=3x1/j5: must be runs" },
		{ SOUND ",layer-kinds=3x1/h5.", "layer-kinds=3x1/h5.: must be runs" },
		{ SOUND ",tensors=1.2",
		  "tensors=1.2: must be at most 48 tensors of nine numbers" },
		{ SOUND ",zero", "zero: must be KEY=VALUE" },
		{ SOUND ",zero=", "zero=" },
		{ SOUND ",zero=4", "zero=4: must be" },
		{ SOUND ",zero=-1", "zero=-1: must be" },
		{ SOUND ",nosuch=1", "nosuch: unknown key" },
		{ SOUND ",path=/etc/passwd", "path: unknown key" },
		{ SOUND ",tensor=0", "tensor=0: must be" },
		{ SOUND ",tensor=18446744073709551617", "tensor=1844" },
		{ SOUND ",micro-batch=0", "micro-batch=0: must be" },
		{ SOUND ",parameters=1000000000000001", "parameters=1000000000000001: must be" },
		{ SOUND ",active=1001", "active=1001: must be at most the number of parameters" },
		{ SOUND ",count-dense=999", "do not add up to parameters=1000" },
		{ SOUND ",count-head=1", "do not add up to parameters=1000" },
		{ SOUND ",count-quantised=1001", "do not add up to parameters=1000" },
		{ SOUND ",hidden=16777217", "hidden=16777217: must be" },
		{ SOUND ",hidden=0", "hidden is missing from the model's shape" },
		{ SOUND ",kv-heads=3", "kv-heads=3: must be at most" },
		{ SOUND ",offload-ratio=nan", "offload-ratio=nan: must be" },
		{ SOUND ",offload-ratio=1.1", "offload-ratio=1.1: must be" },
		{ SOUND ",exact=1", "exact=1: must be yes or no" },
		{ SOUND ",precision=bf17", "precision=bf17: did you mean bf16? must be" },
		{ SOUND ",name=", "name=: must be" },
		{ SOUND ",name=a\tb", "must be a name of at most" },
		{ SOUND ",name=0123456789012345678901234567890123456789012345678901234567890123",
		  "must be a name of at most" },
		{ "dsfit2,name=x", "a declaration from the submit host must begin with dsfit1" },
	};
	struct dsfit_workload out, untouched;
	struct dsfit_error err;
	char line[2 * DSFIT_PASSED_ON_MAX];

	memset(&untouched, 0x5a, sizeof(untouched));
	ck_assert_int_eq(dsfit_passed_on_read(SOUND, &out, &err), 0);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		memset(&out, 0x5a, sizeof(out));
		ck_assert_msg(dsfit_passed_on_read(vectors[i].line, &out, &err) == -1,
			      "%s is taken", vectors[i].line);
		unit_assert_has(err.text, vectors[i].has);
		ck_assert(dsfit_is_printable(err.text));
		ck_assert_msg(!memcmp(&out, &untouched, sizeof(out)), "%s: touched",
			      vectors[i].line);
	}
	strcpy(line, SOUND);
	while (strlen(line) < DSFIT_PASSED_ON_MAX)
		strcat(line, ",zero=3");
	ck_assert_int_eq(dsfit_passed_on_read(line, &out, &err), -1);
	unit_assert_begins(err.text, "the declaration is longer than ");
}
END_TEST

/* The largest counts that a site's models.conf may have, and counts that follow from them. */
START_TEST(what_a_site_accepts)
{
	static const char *const more[] = {
		"max-sequence = 1000000000",
		"max-sequence = 1000000000 learned-positions = true position-offset = 65536",
		"experts = 2 shared-experts = 65536 expert-ffn = 512",
		"experts = 2 shared-ffn = 17000000",
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(more); i++) {
		struct dsfit_workload in, out;
		struct dsfit_error err = { "" };
		struct dsfit_site *other;
		char line[DSFIT_PASSED_ON_MAX], text[512];

		snprintf(text, sizeof(text), "model \"m\" { family = llama layers = 2 hidden = 64 "
			 "heads = 4 vocab = 100 %s }\n", more[i]);
		other = dsfit_site_load(unit_write("site.conf", text), &err);
		ck_assert_msg(other != NULL, "%s", err.text);
		must_resolve("model=7B", &in);
		in.model = other->models.entries[0];
		ck_assert_int_eq(dsfit_passed_on_write(&in, line, sizeof(line)), 0);
		ck_assert_msg(!dsfit_passed_on_read(line, &out, &err), "%s: %s", more[i], err.text);
		ck_assert_uint_eq(out.model.shape.positions, in.model.shape.positions);
		ck_assert_uint_eq(out.model.shape.shared_ffn, in.model.shape.shared_ffn);
		dsfit_site_free(other);
	}
}
END_TEST

/* A line with any single byte changed is refused, or gives a workload with a valid account. */
START_TEST(damaged)
{
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 8, .gpus = 8 };
	uint64_t state = 88172645463325252u;
	char line[DSFIT_PASSED_ON_MAX], forgery[DSFIT_PASSED_ON_MAX];
	struct dsfit_workload w;

	must_resolve(declarations[3], &w);
	ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line)), 0);
	for (int i = 0; i < 20000; i++) {
		struct dsfit_account account;
		struct dsfit_error err;

		strcpy(forgery, line);
		for (uint64_t n = 1 + words_random(&state, 3); n; n--)
			forgery[words_random(&state, strlen(line))] =
				(char)(1 + words_random(&state, 255));
		if (resolve_line(forgery, NULL, &w, &err))
			continue;
		dsfit_account(&w.model, &site->families, &w.training, &layout, &site->estimate,
			      &account);
		ck_assert_uint_ge(account.gpu.high, account.gpu.low);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("passed_on");
	TCase *tcase = unit_case(suite, "passed on");
	const TTest *const tests[] = {
		lines_of_0_1_0_are_read, the_same_comes_out, options_win_over_it,
		it_has_no_path_and_parts_where_it_should,
		forged, damaged,
	};

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	tcase = unit_folder_case(suite, "limits");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_a_site_accepts);
	return unit_run(suite);
}
