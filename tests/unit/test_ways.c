/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to train in less memory: which changes, in which order, and none too many. And that no
 * refusal is a dead end: it says what fits, or what the site lacks.
 */
#include "core/decide/ways.h"

#include "tests/unit/decisions.h"

/* --- which way ------------------------------------------------------------------------------ */

/* A judge that has room from some ways on: those whose options have all of these words. */
struct wish {
	const char *const *words;
	const char *gpu;		/* without this word the GPUs are too small; or NULL */
	size_t asked;
};

static bool has_word(const struct dsfit_training *t, const char *word)
{
	char value[32];
	struct dsfit_training wanted = *t;
	struct dsfit_error err;
	const char *equals = strchr(word, '=');
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)(equals - word), word);
	snprintf(value, sizeof(value), "%s", equals + 1);
	ck_assert_msg(!dsfit_training_set(&wanted, name, value, &err), "%s", err.text);
	return wanted.zero == t->zero && wanted.offload_optimizer == t->offload_optimizer &&
	       wanted.offload_param == t->offload_param && wanted.method == t->method &&
	       wanted.micro_batch >= t->micro_batch && wanted.optimizer == t->optimizer &&
	       wanted.checkpointing == t->checkpointing && wanted.attention == t->attention;
}

static enum dsfit_room judge(void *context, const struct dsfit_workload *other)
{
	struct wish *wish = context;

	wish->asked++;
	for (size_t i = 0; wish->words[i]; i++) {
		bool fused = !strcmp(wish->words[i], "fused");

		if (fused ? other->training.loss != DSFIT_LOSS_FUSED :
			    !has_word(&other->training, wish->words[i]))
			return wish->gpu && !strcmp(wish->gpu, wish->words[i]) ?
				       DSFIT_NO_ROOM_ON_GPU : DSFIT_NO_ROOM;
	}
	return DSFIT_ROOM;
}

static const struct {
	const char *declared;
	const char *needed[4];		/* what there has to be */
	const char *options;		/* of the way; NULL: none */
	uint64_t accumulation;
} way_rows[] = {
	/* Fewer samples, as many as there have to be, and more micro-steps. */
	{ "model=7B zero=3 batch=8", { "batch=4" }, "batch=4", 2 },
	{ "model=7B zero=3 batch=8", { "batch=1" }, "batch=1", 8 },
	{ "model=7B zero=3 batch=6", { "batch=1" }, "batch=1", 6 },
	/* One change where one is enough, wherever it is in the chain. */
	{ "model=7B zero=2 batch=4 checkpointing=none", { "checkpointing=full" },
	  "checkpointing=full", 0 },
	{ "model=7B zero=2 batch=4 attention=eager", { "attention=flash" }, "attention=flash", 0 },
	{ "model=7B zero=2 batch=4", { "zero=3" }, "zero=3", 0 },
	{ "model=7B zero=0 batch=4", { "zero=3" }, "zero=3", 0 },
	{ "model=7B zero=2 batch=4", { "offload=optimizer:cpu" }, "offload=optimizer:cpu", 0 },
	{ "model=7B zero=3 batch=4", { "offload=optimizer:cpu,param:cpu" },
	  "offload=optimizer:cpu,param:cpu", 0 },
	{ "model=7B zero=2", { "offload=optimizer:nvme,param:nvme", "zero=3" },
	  "zero=3 offload=nvme", 0 },
	{ "model=7B zero=3 offload=param:cpu", { "offload=optimizer:cpu" },
	  "offload=optimizer:cpu", 0 },
	{ "model=7B zero=2", { "fused" }, "set=loss:fused", 0 },
	{ "model=7B zero=2", { "optimizer=adam8bit" }, "optimizer=adam8bit", 0 },
	{ "model=7B zero=2", { "method=lora" }, "method=lora", 0 },
	{ "model=7B zero=2", { "method=qlora" }, "method=qlora", 0 },
	/* Stage 3 does not partition 4-bit weights; from QLoRA the way back is open. */
	{ "model=7B zero=3", { "method=qlora" }, "zero=2 offload=optimizer:cpu method=qlora", 0 },
	{ "model=70B", { "method=qlora" }, "method=qlora", 0 },
	{ "model=7B zero=2 method=qlora", { "zero=3" }, "zero=3 method=lora", 0 },
	/* Several together. */
	{ "model=7B zero=2 batch=4 checkpointing=none", { "batch=2", "checkpointing=full" },
	  "batch=2 checkpointing=full", 2 },
	{ "model=7B zero=2 batch=4", { "batch=1", "method=lora" }, "method=lora batch=1", 4 },
	{ "model=7B zero=2 batch=2", { "batch=1", "optimizer=adam8bit", "fused" },
	  "batch=1 set=loss:fused optimizer=adam8bit", 2 },
	/* DeepSpeed's pipeline engine and a training without an engine. */
	{ "model=7B zero=1 parallel=pipeline:2", { "offload=optimizer:cpu" },
	  "offload=optimizer:cpu", 0 },
	{ "model=7B zero=1 parallel=pipeline:2", { "zero=3" }, NULL, 0 },
	{ "model=7B engine=none batch=2", { "zero=3" }, NULL, 0 },
	{ "model=7B engine=none batch=2", { "method=qlora" }, "method=qlora", 0 },
	{ "model=7B engine=fsdp zero=2", { "zero=3", "offload=optimizer:cpu" },
	  "zero=3 offload=optimizer:cpu", 0 },
	{ "model=7B engine=fsdp zero=3", { "offload=optimizer:nvme,param:nvme" }, NULL, 0 },
};

START_TEST(test_way)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, way_rows[_i].declared);
	struct wish wish = { .words = way_rows[_i].needed };
	struct dsfit_way way;
	bool found = dsfit_find_way(&workload, workload.training.micro_batch, judge, &wish,
				    &way);

	ck_assert_msg(found == (way_rows[_i].options != NULL), "%s: found \"%s\"",
		      way_rows[_i].declared, found ? way.options : "");
	if (found) {
		ck_assert_str_eq(way.options, way_rows[_i].options);
		ck_assert_uint_eq(way.accumulation, way_rows[_i].accumulation);
		for (size_t i = 0; way_rows[_i].needed[i]; i++)
			if (!strcmp(way_rows[_i].needed[i], "fused"))
				ck_assert(way.fused_loss);
	}
	ck_assert_uint_le(wish.asked, 150);
	dsfit_site_free(site);
}
END_TEST

/* Read "NAME=VALUE NAME=VALUE" as a user's options are read. Returns 0, or -1 if DeepSpeed refuses
 * the training. */
static int type(const char *options, uint64_t parameters, struct dsfit_training *t)
{
	char text[DSFIT_TRAINING_OPTIONS_MAX], *rest = text, *word;

	strcpy(text, options);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		ck_assert_ptr_nonnull(value);
		*value++ = '\0';
		ck_assert(!(strcmp(word, "set") ? dsfit_training_set(t, word, value, NULL) :
						  dsfit_training_set_all(t, value, NULL)));
	}
	return dsfit_training_settle(t, parameters, NULL);
}

/* A change does what reading its options does, to any training. */
START_TEST(test_changes_as_typed)
{
	static const char *const declared[] = {
		"model=7B", "model=70B zero=3 offload=optimizer:nvme,param:cpu batch=8",
		"model=7B zero=2 offload=cpu attention=eager checkpointing=none method=qlora:16",
		"model=7B engine=none batch=3 set=loss:in-place optimizer=lion",
		"model=13B parallel=pipeline:2 precision=fp16 method=lora:64 set=base-weights:int8",
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(declared); i++) {
		struct dsfit_workload w = train(site, declared[i]);
		struct dsfit_training *files = &w.training;

		/* What only a file sets. */
		files->optimizer_in_file = files->offload_in_file = i % 2;
		files->offload_default = !(i % 3);
		for (size_t j = 0; j < DSFIT_TRAINING_CHANGES; j++) {
			struct dsfit_typed typed = { .count = 0 };
			struct dsfit_training made, read;
			char text[DSFIT_TRAINING_OPTIONS_MAX];
			int rc;

			memcpy(&made, &w.training, sizeof(made));
			memcpy(&read, &w.training, sizeof(read));
			rc = dsfit_training_change(&dsfit_training_changes[j], 5,
						   w.model.parameters, &made, &typed);
			dsfit_typed_text(&typed, text);
			ck_assert_int_eq(type(text, w.model.parameters, &read), rc);
			ck_assert_msg(!memcmp(&made, &read, sizeof(made)), "%s: %s", declared[i],
				      text);
			memcpy(&made, &w.training, sizeof(made));
			ck_assert_int_eq(dsfit_training_type(&typed, w.model.parameters, &made),
					 rc);
			ck_assert_mem_eq(&made, &read, sizeof(made));
		}
	}
	dsfit_site_free(site);
}
END_TEST

/* A chain whose GPUs never have room is not walked. */
START_TEST(test_limits_of_ways)
{
	static const char *const fused[] = { "fused", NULL }, *const never[] = { "zero=1", NULL };
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=7B zero=2 batch=8");
	struct wish wish = { .words = fused };
	struct dsfit_way way;

	ck_assert(dsfit_find_way(&workload, 8, judge, &wish, &way));
	wish = (struct wish){ .words = never, .gpu = never[0] };
	ck_assert(!dsfit_find_way(&workload, 8, judge, &wish, &way));
	ck_assert_uint_le(wish.asked, 10);
	/* A batch that a file has with its accumulation cannot be another. */
	workload.training.train_batch = 64;
	workload.training.accumulation_given = true;
	wish = (struct wish){ .words = (const char *const[]){ "batch=4", NULL } };
	ck_assert(!dsfit_find_way(&workload, 8, judge, &wish, &way));
	/* With one or the other of them the micro-steps follow by themselves. */
	workload.training.accumulation_given = false;
	ck_assert(dsfit_find_way(&workload, 8, judge, &wish, &way));
	ck_assert_str_eq(way.options, "batch=4");
	ck_assert_uint_eq(way.accumulation, 0);
	dsfit_site_free(site);
}
END_TEST

/* --- no dead end ---------------------------------------------------------------------------- */

/* The same as tests/bench/bench_ways, with fewer rows: decide() holds each refusal and each
 * alternative to what it says. */
START_TEST(test_no_dead_end)
{
	static const char *const models[] = {
		"1.3B", "llama-3-8b", "13B", "70B", "mixtral-8x7b", "180B", "560B", "100T",
	};
	static const char *const more[] = {
		"", "zero=0", "zero=2", "zero=3", "zero=3 offload=cpu", "method=lora",
		"method=qlora", "checkpointing=none attention=eager", "engine=none",
		"optimizer=adafactor zero=1",
	};
	static const char *const batches[] = { "batch=1", "batch=16", "batch=4 seq=16384" };
	static const char *const asked[] = {
		"partition=strict", "partition=strict gpus-per-node=rtx4090:2 nodes=1",
		"partition=strict gpus-per-node=a100:4 nodes=1", "partition=strict gpus=h100:1",
		"partition=strict gpus-per-node=h200:8 nodes=1",
		"partition=strict gpus=2 constraint=net25",
	};
	struct dsfit_site *site = unit_site();
	const char *model = models[_i];
	size_t refused = 0;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(more); i++)
		for (size_t j = 0; j < DSFIT_ARRAY_SIZE(batches); j++)
			for (size_t k = 0; k < DSFIT_ARRAY_SIZE(asked); k++) {
				struct dsfit_decision d;
				char declared[256];

				snprintf(declared, sizeof(declared), "model=%s %s %s", model,
					 more[i], batches[j]);
				decide(site, declared, asked[k], &sbatch, &d);
				refused += d.action == DSFIT_REFUSE;
				/* Only without ZeRO is a large model too large for each way. */
				if (d.action == DSFIT_REFUSE && strcmp(model, "100T") != 0 &&
				    strcmp(more[i], "engine=none") != 0)
					ck_assert_msg(d.alternative_count, "%s, %s", declared,
						      asked[k]);
			}
	ck_assert_uint_gt(refused, 40);
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ways");

	add_loop(suite, "way", test_way, DSFIT_ARRAY_SIZE(way_rows));
	add_loop(suite, "no dead end", test_no_dead_end, 8);
	add_all(suite, "one by one", (const TTest *const[]){
		test_limits_of_ways, test_changes_as_typed, NULL,
	});
	return unit_run(suite);
}
