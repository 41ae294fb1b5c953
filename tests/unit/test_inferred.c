/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a script is found to train becomes a declaration; what it leaves open takes the least. */
#include "core/declare/inferred.h"

#include "core/script/documents.h"
#include "core/script/launchers_conf.h"
#include "core/script/read.h"
#include "core/site/load.h"
#include "tests/unit/unit.h"

static struct dsfit_launchers *launchers;
static struct dsfit_site *site;

static void load(void)
{
	struct dsfit_error err = { "" };

	launchers = dsfit_launchers_load(TEST_CONF "/launchers.conf", NULL, &err);
	ck_assert_msg(launchers != NULL, "%s", err.text);
	site = unit_site();
}

static void unload(void)
{
	dsfit_launchers_free(launchers);
	dsfit_site_free(site);
}

/* Read a script alone. Returns whether it can be sized, with its line. */
static bool infer(const char *text, struct dsfit_inferred *inferred, struct dsfit_workload *w,
		  char line[DSFIT_INFERRED_LINE])
{
	const struct dsfit_script_given given = { .documents = dsfit_document_read,
					.name = "job.sh", .text = text,
						  .length = strlen(text), .folder = "/home/me" };
	struct dsfit_script_found found;
	struct dsfit_error err;

	ck_assert_int_eq(dsfit_script_read(launchers, &given, &found), 0);
	if (!dsfit_inferred_declare(&found, "--ds-", inferred))
		return false;
	inferred->declaration.no_files = true;
	if (dsfit_inferred_resolve(inferred, &site->models, w, &err))
		return false;
	dsfit_inferred_say(inferred, &found, w, "job.sh", line);
	dsfit_script_found_free(&found);
	return true;
}

#define TRAINER "deepspeed run_clm.py --per_device_train_batch_size 4 " \
		"--gradient_accumulation_steps 8 "

static const struct {
	const char *text, *line;
} told[] = {
	{ TRAINER "--model_name_or_path meta-llama/Llama-2-13b-hf --block_size 4096 \\\n"
	  "  --bf16 --gradient_checkpointing True --optim adamw_torch",
	  "job.sh: meta-llama/Llama-2-13b-hf (line 1), batch 4 x 4096 (line 1), checkpointing on "
	  "(line 2); ZeRO stage not seen, taken as 3; offload not seen, taken as none" },
	/* The parts of a path, the size that a name says. */
	{ "\n" TRAINER "--model_name_or_path /data/my-own-13b-sft/checkpoint-500 --fp16",
	  "job.sh: /data/my-own-13b-sft/checkpoint-500 (line 2), batch 4 (line 2); ZeRO stage not "
	  "seen, taken as 3; offload not seen, taken as none; sequence not seen, taken as 128 "
	  "tokens; checkpointing not seen, taken as on; optimizer not seen, taken as adamw" },
	{ "torchrun train.py --model_name_or_path /hub/models--meta-llama--Llama-2-7b-hf/snapshots/"
	  "0123 --fsdp 'full_shard auto_wrap' --lora_r 16 --max_seq_length 512 --batch_size 2",
	  "job.sh: /hub/models--meta-llama--Llama-2-7b-hf/snapshots/0123 (line 1), lora (line 1), "
	  "ZeRO-3 (line 1), batch 2 x 512 (line 1); checkpointing not seen, taken as on; precision "
	  "not seen, taken as bf16-true; optimizer not seen, taken as adafactor" },
	{ "cat >d.json <<'X'\n{\"zero_optimization\": {\"stage\": 3, \"offload_optimizer\": "
	  "{\"device\": \"cpu\"}}}\nX\n" TRAINER "--deepspeed d.json --fp16 --block_size 64 "
	  "--model_name_or_path gpt2 --gradient_checkpointing False",
	  "job.sh: gpt2 (line 4), ZeRO-3 (line 2), offload to cpu (line 2), batch 4 x 64 (line 4), "
	  "checkpointing off (line 4); optimizer not seen, taken as adamw" },
	{ "torchrun pretrain_gpt.py --num-layers 32 --hidden-size 4096 --seq-length 2048 --bf16 "
	  "--micro-batch-size 2 --tensor-model-parallel-size 2 --pipeline-model-parallel-size 2",
	  "job.sh: 32 layers x 4096 (line 1), batch 2 x 2048 (line 1); ZeRO stage not seen, taken "
	  "as 1; offload not seen, taken as none; checkpointing not seen, taken as on; optimizer "
	  "not seen, taken as adamw" },
};

START_TEST(test_told)
{
	struct dsfit_inferred inferred;
	struct dsfit_workload w;
	char line[DSFIT_INFERRED_LINE];

	ck_assert(infer(told[_i].text, &inferred, &w, line));
	ck_assert_str_eq(line, told[_i].line);
	ck_assert(w.inferred);
	/* The folder of a cache names the model, which is not only as large as it says. */
	if (strstr(told[_i].text, "models--"))
		ck_assert_str_eq(inferred.model, "Llama-2-7b-hf");
	if (strstr(told[_i].text, "--num-layers")) {
		ck_assert_uint_eq(w.model.shape.layers, 32);
		ck_assert_uint_eq(w.model.shape.hidden, 4096);
		ck_assert_uint_eq(w.model.shape.ffn, 4 * 4096);
	}
}
END_TEST

/* Nothing to size: no training, no model, a model that nobody knows. */
static const char *const nothing[] = {
	"", "hostname", "python eval.py --model meta-llama/Llama-2-13b-hf",
	TRAINER, TRAINER "--model_name_or_path /data/what",
	TRAINER "--model_name_or_path $WHAT",
};

START_TEST(test_nothing)
{
	struct dsfit_inferred inferred;
	struct dsfit_workload w;
	char line[DSFIT_INFERRED_LINE];

	ck_assert(!infer(nothing[_i], &inferred, &w, line));
}
END_TEST

/* Of trainings that may be of pictures sbatch says nothing, not even that a model is not known. */
START_TEST(test_unclear)
{
	static const char *const trainings[] = {
		"torchrun train.py --arch resnet50 --epochs 90 --batch-size 256 --lr 0.1",
		"torchrun train.py --model $ARCH --img-size 224 --batch-size 256 --epochs 300",
		"srun python train.py --data imagenet --pretrained $WEIGHTS --epochs 90 --lr 0.1",
		"accelerate launch train.py --config nowhere/unet.yaml --model_name $NAME",
	};
	struct dsfit_script_found found;
	char line[DSFIT_INFERRED_LINE];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(trainings); i++) {
		const struct dsfit_script_given given = { .documents = dsfit_document_read,
							  .name = "job.sh", .text = trainings[i],
							  .length = strlen(trainings[i]),
							  .folder = "/home/me" };
		struct dsfit_inferred inferred;

		ck_assert_int_eq(dsfit_script_read(launchers, &given, &found), 0);
		ck_assert_msg(found.kind == DSFIT_SCRIPT_UNCLEAR, "%s", trainings[i]);
		ck_assert(!dsfit_inferred_declare(&found, "--ds-", &inferred));
		ck_assert(!dsfit_inferred_lacks_model(&found, "--ds-", "job.sh", line));
		dsfit_script_found_free(&found);
	}
}
END_TEST

/* A program of one's own may train adapters, and nothing is known of its defaults. */
START_TEST(test_least)
{
	struct dsfit_inferred inferred;
	struct dsfit_workload w;
	char line[DSFIT_INFERRED_LINE];

	ck_assert(infer("deepspeed train.py --model_name_or_path meta-llama/Llama-2-13b-hf",
			&inferred, &w, line));
	ck_assert_int_eq(w.training.method, DSFIT_METHOD_QLORA);
	ck_assert_uint_eq(w.training.zero, 3);
	ck_assert_uint_eq(w.training.micro_batch, 1);
	ck_assert_uint_eq(w.training.sequence, 128);
	ck_assert_int_eq(w.training.checkpointing, DSFIT_CHECKPOINTING_FULL);
	ck_assert_int_eq(w.training.optimizer, DSFIT_OPTIMIZER_ADAFACTOR);
	ck_assert(inferred.zero_open && inferred.offload_open);
	/* Its lines hold what the Trainer's flags leave to the Trainer. */
	ck_assert(infer(TRAINER "--model_name_or_path meta-llama/Llama-2-13b-hf", &inferred, &w,
			line));
	ck_assert_int_eq(w.training.method, DSFIT_METHOD_FULL);
	ck_assert_int_eq(w.training.optimizer, DSFIT_OPTIMIZER_ADAMW);
}
END_TEST

/* What was typed beside the script wins. */
START_TEST(test_typed)
{
	const char *text = TRAINER "--model_name_or_path meta-llama/Llama-2-13b-hf";
	const struct dsfit_script_given given = { .documents = dsfit_document_read,
					.name = "job.sh", .text = text,
						  .length = strlen(text), .folder = "/" };
	struct dsfit_script_found found;
	struct dsfit_inferred inferred;
	struct dsfit_workload w;
	struct dsfit_error err;

	ck_assert_int_eq(dsfit_script_read(launchers, &given, &found), 0);
	ck_assert(dsfit_inferred_declare(&found, "--ds-", &inferred));
	inferred.declaration.value[DSFIT_OPTION_BATCH] = "2";
	inferred.declaration.value[DSFIT_OPTION_ZERO] = "1";
	ck_assert_int_eq(dsfit_inferred_resolve(&inferred, &site->models, &w, &err), 0);
	ck_assert_uint_eq(w.training.micro_batch, 2);
	ck_assert_uint_eq(w.training.zero, 1);
	dsfit_script_found_free(&found);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inferred");
	TCase *tcase = unit_case(suite, "all");

	tcase_add_checked_fixture(tcase, load, unload);
	tcase_add_loop_test(tcase, test_told, 0, DSFIT_ARRAY_SIZE(told));
	tcase_add_loop_test(tcase, test_nothing, 0, DSFIT_ARRAY_SIZE(nothing));
	tcase_add_test(tcase, test_unclear);
	tcase_add_test(tcase, test_least);
	tcase_add_test(tcase, test_typed);
	return unit_run(suite);
}
