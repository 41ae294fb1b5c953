/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files by which people start a training: what of them is read, by the line that is passed on.
 * The files are in the manner of the tools' own examples.
 */
#include "core/training/training_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/declare/declaration.h"
#include "core/declare/passed_on.h"
#include "tests/unit/unit.h"

static struct dsfit_site *site;

static void setup(void)
{
	site = unit_site();
	ck_assert_int_eq(chdir(unit_folder), 0);
	unit_write("ds3.json", "{\"zero_optimization\": {\"stage\": 3, \"offload_optimizer\": "
		   "{\"device\": \"cpu\"}}, \"bf16\": {\"enabled\": \"auto\"}, "
		   "\"train_batch_size\": \"auto\", "
		   "\"train_micro_batch_size_per_gpu\": \"auto\", "
		   "\"gradient_accumulation_steps\": \"auto\"}");
}

static void teardown(void)
{
	dsfit_site_free(site);
	site = NULL;
}

static int resolve(struct dsfit_declaration declaration, struct dsfit_workload *out,
		   struct dsfit_error *err)
{
	declaration.prefix = "--ds-";
	return dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out, err);
}

/* Whether the line has each of the items in `wanted`, and none that is marked with "!". */
static void assert_says(const char *path, const char *line, const char *wanted)
{
	char copy[1024], item[256], *rest = copy, *one;

	snprintf(copy, sizeof(copy), "%s", wanted);
	while ((one = strsep(&rest, " "))) {
		bool absent = *one == '!';

		snprintf(item, sizeof(item), ",%s%s", one + absent, absent ? "" : ",");
		ck_assert_msg(!strstr(line, item) == absent, "%s: %s in %s", path, one, line);
	}
}

static void assert_files(const char *config, const char *model, const char *wanted)
{
	struct dsfit_error err = { "" };
	struct dsfit_workload w;
	char line[DSFIT_PASSED_ON_MAX];

	ck_assert_msg(!resolve((struct dsfit_declaration){ .value = {
			[DSFIT_OPTION_CONFIG] = config, [DSFIT_OPTION_MODEL] = model } }, &w, &err),
		      "%s: %s", config, err.text);
	ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line) - 1), 0);
	strcat(line, ",");
	assert_says(config, line, wanted);
}

static void assert_file(const char *name, const char *text, const char *model, const char *wanted)
{
	unit_write(name, text);
	assert_files(name, model, wanted);
}

static void assert_fails(const char *name, const char *text, bool not_understood, const char *why)
{
	struct dsfit_error err = { "" };
	struct dsfit_workload w;

	if (text)
		unit_write(name, text);
	ck_assert_msg(resolve((struct dsfit_declaration){ .value = {
			[DSFIT_OPTION_CONFIG] = name } }, &w, &err), "%s was read", name);
	ck_assert_msg(strstr(err.text, why) != NULL, "%s: %s", name, err.text);
	ck_assert_msg(w.model.not_understood == not_understood, "%s: %s", name, err.text);
}

/* ---- one tool after the other --------------------------------------------------------------- */

START_TEST(trainer)
{
	assert_file("args.json",
		    "{\"output_dir\": \"out\", \"model_name_or_path\": "
		    "\"meta-llama/Meta-Llama-3-8B\", \"per_device_train_batch_size\": 4, "
		    "\"gradient_accumulation_steps\": 2, \"bf16\": true, "
		    "\"gradient_checkpointing\": true, \"optim\": \"adamw_torch\", "
		    "\"deepspeed\": \"ds3.json\", \"block_size\": 4096, \"eval_strategy\": "
		    "\"steps\", \"per_device_eval_batch_size\": 2, \"save_total_limit\": 3, "
		    "\"dataloader_num_workers\": 4, \"use_liger_kernel\": true}", NULL,
		    "name=llama-3-8b zero=3 offload-optimizer=cpu micro-batch=4 accumulation=2 "
		    "foreach=yes sequence=4096 eval-batch=2 eval-batch-declared=yes loss=fused "
		    "save-total-limit=3 workers=4 !checkpointing !micro-batch-auto !engine");
	/* What is absent is the Trainer's default. */
	assert_file("args.yaml", "output_dir: out\ndo_train: true\n", "8B",
		    "micro-batch=8 checkpointing=none eval-batch=0 foreach=no batch-declared=yes "
		    "!sequence-declared");
	assert_file("args.yaml", "output_dir: out\nfp16: true\noptim: paged_adamw_8bit\n"
		    "do_eval: true\nfsdp: full_shard auto_wrap offload\n", "8B",
		    "precision=fp16 optimizer=paged-adam8bit eval-batch-declared=yes "
		    "!eval-batch= engine=fsdp zero=3 "
		    "offload-param=cpu");
	assert_file("args.yaml", "output_dir: out\nfsdp: [shard_grad_op, auto_wrap]\n"
		    "fsdp_config:\n  activation_checkpointing: true\n", "8B",
		    "engine=fsdp zero=2 !offload-param !checkpointing");
	/* transformers 5: fsdp is a flag, and the rest is in the section. */
	assert_file("args.yaml", "output_dir: out\nfsdp: true\nfsdp_config:\n"
		    "  reshard_after_forward: false\n  cpu_offload: true\n", "8B",
		    "engine=fsdp zero=2 offload-optimizer=cpu");
	assert_file("args.yaml", "output_dir: out\nfsdp: full_shard\nfsdp_config:\n"
		    "  fsdp_reshard_after_forward: shard_grad_op\n"
		    "  fsdp_activation_checkpointing: true\n", "8B",
		    "engine=fsdp zero=2 !checkpointing");
	/* The new name counts, and Liger's kernels may leave the loss alone. */
	assert_file("args.yaml", "output_dir: out\nactivation_checkpointing: true\n"
		    "gradient_checkpointing: false\nuse_liger_kernel: true\n"
		    "liger_kernel_config: {fused_linear_cross_entropy: false}\n", "8B",
		    "!checkpointing !loss");
	/* DeepSpeed's own words in the file. */
	assert_file("args.yaml", "output_dir: out\ngradient_checkpointing: yes\ndeepspeed:\n"
		    "  zero_optimization: {stage: 2}\n  train_micro_batch_size_per_gpu: 3\n"
		    "  bf16: {enabled: true}\n  optimizer: {type: Lion}\n", "8B",
		    "zero=2 micro-batch=3 optimizer=lion !checkpointing !foreach");
}
END_TEST

/* Each name of an optimizer counts with as many bytes of states as it has, or a little more. */
START_TEST(optimizers)
{
	static const struct {
		const char *name, *ours;
	} names[] = {
		{ "adamw_torch_4bit", "adam8bit" }, { "ao_adamw_fp8", "adam8bit" },
		{ "lion_8bit", "adam8bit" }, { "rmsprop_bnb", "lion" },
		{ "rmsprop_bnb_8bit", "adam8bit" }, { "paged_lion_8bit", "paged-adam8bit" },
	};
	/* Three states, or of a form that no setting has. */
	static const char *const unsized[] = {
		"ademamix", "ademamix_8bit", "paged_ademamix_32bit", "paged_ademamix_8bit",
		"grokadamw", "galore_adamw", "lomo",
	};
	char text[128], said[128];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++) {
		sprintf(text, "output_dir: x\noptim: %s\n", names[i].name);
		sprintf(said, "optimizer=%s", names[i].ours);
		assert_file("args.yaml", text, "8B", said);
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(unsized); i++) {
		sprintf(text, "output_dir: x\nmodel_name_or_path: 8B\noptim: %s\n", unsized[i]);
		sprintf(said, "cannot size a training with optim: %s", unsized[i]);
		assert_fails("args.yaml", text, true, said);
	}
	/* CAME: a whole first moment, and of ZeRO's flat partitions a whole second. */
	assert_file("fft.yml", "base_model: 8B\noptimizer: came_pytorch\n", NULL, "!optimizer");
}
END_TEST

START_TEST(trl)
{
	assert_file("recipe.yaml",
		    "model_name_or_path: mistralai/Mistral-7B-v0.1\ntorch_dtype: bfloat16\n"
		    "attn_implementation: flash_attention_2\nuse_peft: true\nload_in_4bit: true\n"
		    "lora_r: 32\nlora_alpha: 16\nlora_dropout: 0.1\nlora_target_modules:\n"
		    "- q_proj\n- k_proj\n- v_proj\n- o_proj\nbf16: true\n"
		    "gradient_checkpointing: true\nmax_seq_length: 4096\n"
		    "per_device_train_batch_size: 2\n", NULL,
		    "name=mistral-7b-v0.1 method=qlora lora-rank=32 lora-dropout=0.100000 "
		    "lora-targets=listed lora-modules=15 base-weights=nf4 sequence=4096 "
		    "micro-batch=2 !attention !checkpointing");
	/* TRL checkpoints by default. */
	assert_file("recipe.yaml", "dataset_name: x\nmax_length: 1024\n", "8B",
		    "sequence=1024 micro-batch=8 !checkpointing !method");
	/* So does max_length have a default; max_seq_length is of releases before that. */
	assert_file("recipe.yaml", "dataset_name: x\n", "8B",
		    "sequence=1024 sequence-declared=yes !checkpointing");
	assert_file("recipe.yaml", "max_seq_length: 4096\n", "8B",
		    "sequence=4096 checkpointing=none");
	assert_file("recipe.yaml", "max_seq_length: 4096\ngradient_checkpointing: true\n", "8B",
		    "!checkpointing");
	assert_file("recipe.yaml", "dataset_name: x\nloss_type: chunked_nll\n", "8B",
		    "loss=fused !objective");
}
END_TEST

/* Which of TRL's trainers it is follows from keys that only one has. */
START_TEST(trl_objectives)
{
	assert_file("recipe.yaml", "max_length: 512\nloss_type: [ipo]\n"
		    "precompute_ref_log_probs: true\nuse_liger_loss: true\n", "8B",
		    "objective=dpo reference=no loss=fused sequence=512");
	assert_file("recipe.yaml", "max_length: 512\nloss_type: simpo\n", "8B",
		    "objective=dpo reference=no");
	assert_file("recipe.yaml", "max_length: 512\nloss_type: apo_zero_unpaired\n", "8B",
		    "objective=kto !reference");
	assert_file("recipe.yaml", "max_length: 512\ndesirable_weight: 1.3\n", "8B",
		    "objective=kto");
	assert_file("recipe.yaml", "max_length: 512\ncenter_rewards_coefficient: 0.01\n", "8B",
		    "objective=reward");
	/* Old DPO's max_completion_length leaves all logits there. */
	assert_file("recipe.yaml", "loss_type: sigmoid\nmax_completion_length: 64\n", "8B",
		    "objective=dpo sequence=1024 !completion");
	/* A prompt, of 512 tokens at most, and an answer. */
	assert_file("recipe.yaml", "num_generations: 4\nmax_completion_length: 1000\n"
		    "beta: 0.0\n", "8B",
		    "objective=grpo sequence=1512 completion=1000 reference=no");
	assert_file("recipe.yaml", "loss_type: dr_grpo\nmax_prompt_length: 100\n", "8B",
		    "objective=grpo sequence=356 completion=256 !reference");
	assert_file("recipe.yaml", "num_generations: 4\nmax_seq_length: 300\n", "8B",
		    "objective=grpo sequence=300 completion=256");
	/* Liger's kernels fuse the loss of plain training, of others since 0.25. */
	assert_file("recipe.yaml", "num_generations: 4\nuse_liger_kernel: true\n"
		    "max_prompt_length: 196\nmax_completion_length: 1024\n", "8B",
		    "objective=grpo sequence=1220 completion=1024 !loss");
	assert_file("recipe.yaml", "num_generations: 4\nuse_liger_kernel: true\n", "8B",
		    "objective=grpo loss=fused");
}
END_TEST

/* ModelConfig loads weights in fp32, and the Trainer's bf16 leaves them so. */
START_TEST(trl_weights)
{
	unit_write("ddp.yaml", "distributed_type: MULTI_GPU\nmixed_precision: bf16\n");
	unit_write("full.yaml", "dataset_name: x\nbf16: true\n");
	unit_write("bf16.yaml", "dataset_name: x\ntorch_dtype: bfloat16\nbf16: true\n");
	unit_write("lora.yaml", "dataset_name: x\nuse_peft: true\nbf16: true\n");
	unit_write("qlora.yaml", "dataset_name: x\nuse_peft: true\nload_in_4bit: true\n");
	assert_files("ddp.yaml,full.yaml", "8B", "engine=none master=yes");
	assert_files("ddp.yaml,bf16.yaml", "8B", "engine=none !master");
	assert_files("ddp.yaml,lora.yaml", "8B",
		     "method=lora base-weights-given=yes !base-weights= !master");
	assert_files("ddp.yaml,qlora.yaml", "8B", "method=qlora base-weights=nf4 !master");
	/* DeepSpeed has its own. */
	assert_files("full.yaml", "8B", "!engine !master");
	assert_files("lora.yaml", "8B", "method=lora base-weights=bf16");
}
END_TEST

START_TEST(peft)
{
	const char *const adapter = "{\"peft_type\": \"LORA\", \"base_model_name_or_path\": "
		"\"meta-llama/Llama-2-7b-hf\", \"r\": 64, \"lora_alpha\": 16, \"lora_dropout\": "
		"0.05, \"target_modules\": [\"q_proj\", \"up_proj\"], \"use_dora\": true, "
		"\"modules_to_save\": [\"embed_tokens\", \"lm_head\"], \"task_type\": "
		"\"CAUSAL_LM\"}";

	assert_file("adapter_config.json", adapter, NULL,
		    "name=llama-2-7b method=lora lora-rank=64 lora-dropout=0.050000 dora=yes "
		    "lora-targets=listed lora-modules=33 modules-to-save=1536 !task");
	assert_file("adapter_config.json", "{\"peft_type\": \"LORA\", \"target_modules\": "
		    "\"all-linear\", \"task_type\": \"SEQ_CLS\", \"modules_to_save\": null}", "8B",
		    "method=lora lora-targets=all-linear task=classify !lora-rank "
		    "!modules-to-save");
	/* A pattern, and a module that dsfit has no place for, may be any. */
	assert_file("adapter_config.json", "{\"peft_type\": \"LORA\", \"target_modules\": "
		    "\".*\\\\.(q|v)_proj\"}", "8B", "lora-targets=all-linear");
	assert_file("adapter_config.json", "{\"peft_type\": \"LORA\", \"target_modules\": "
		    "[\"q_proj\", \"dt_proj\"], \"modules_to_save\": [\"dt_proj\"]}", "8B",
		    "lora-targets=all-linear !modules-to-save");
	/* Experts that are parameters have a key of their own. */
	assert_file("adapter_config.json", "{\"peft_type\": \"LORA\", \"target_modules\": "
		    "[\"q_proj\", \"v_proj\"], \"target_parameters\": "
		    "[\"mlp.experts.gate_up_proj\", \"mlp.experts.down_proj\"]}", "8B",
		    "lora-targets=listed lora-modules=133");
	assert_file("adapter_config.json", "{\"peft_type\": \"LORA\", \"target_modules\": "
		    "\"all-linear\", \"target_parameters\": [\"experts.down_proj\"]}", "8B",
		    "lora-targets=listed lora-modules=255");
	assert_file("adapter_config.json", "{\"peft_type\": \"LORA\", \"target_parameters\": "
		    "[\"experts.down_proj\"]}", "8B", "lora-targets=listed lora-modules=128");
	assert_file("adapter_config.json", "{\"peft_type\": \"LORA\", \"target_modules\": "
		    "[\"q_proj\"], \"target_parameters\": []}", "8B", "lora-modules=1");
	assert_file("moe.yml", "base_model: 8B\nadapter: lora\nlora_target_parameters:\n"
		    "  - mlp.experts.down_proj\n", NULL, "lora-modules=128");
	assert_fails("adapter_config.json", "{\"peft_type\": \"IA3\", "
		     "\"base_model_name_or_path\": \"8B\"}", true,
		     "--ds-config=adapter_config.json: dsfit cannot size a training with "
		     "peft_type: IA3");
}
END_TEST

START_TEST(accelerate)
{
	assert_file("default_config.yaml",
		    "compute_environment: LOCAL_MACHINE\ndeepspeed_config:\n"
		    "  gradient_accumulation_steps: 4\n  offload_optimizer_device: cpu\n"
		    "  offload_param_device: none\n  zero3_init_flag: false\n  zero_stage: 3\n"
		    "distributed_type: DEEPSPEED\nmixed_precision: fp16\nnum_processes: 8\n",
		    "8B", "zero=3 offload-optimizer=cpu accumulation=4 zero-init=no "
		    "precision=fp16 !offload-param !engine !micro-batch=");
	assert_file("default_config.yaml", "distributed_type: DEEPSPEED\ndeepspeed_config:\n"
		    "  deepspeed_config_file: ds3.json\n", "8B",
		    "zero=3 offload-optimizer=cpu !engine");
	/* Its default stage. */
	assert_file("default_config.yaml", "distributed_type: DEEPSPEED\n", "8B",
		    "zero=2 zero-given=yes");
	assert_file("fsdp.yaml", "distributed_type: FSDP\nfsdp_config:\n"
		    "  fsdp_sharding_strategy: FULL_SHARD\n  fsdp_offload_params: true\n"
		    "mixed_precision: bf16\n", "8B", "engine=fsdp zero=3 offload-param=cpu");
	assert_file("fsdp.yaml", "distributed_type: FSDP\nfsdp_config:\n  fsdp_version: 2\n"
		    "  fsdp_reshard_after_forward: false\n", "8B", "engine=fsdp zero=2");
	assert_file("fsdp.yaml", "distributed_type: FSDP\nfsdp_config:\n"
		    "  fsdp_sharding_strategy: 3\n", "8B", "engine=none");
	/* Strategies by their numbers, which are one more than their places in the list. */
	assert_file("fsdp.yaml", "distributed_type: FSDP\nfsdp_config:\n"
		    "  fsdp_sharding_strategy: 5\n", "8B", "engine=fsdp zero=2");
	assert_file("fsdp.yaml", "distributed_type: FSDP\nfsdp_config:\n"
		    "  fsdp_reshard_after_forward: 2\n", "8B", "engine=fsdp zero=2");
	assert_file("fsdp.yaml", "distributed_type: FSDP\nparallelism_config:\n"
		    "  parallelism_config_cp_size: 2\n  parallelism_config_tp_size: 1\n", "8B",
		    "engine=fsdp zero=3 sequence-parallel=2 !tensor");
	assert_file("ds.yaml", "distributed_type: DEEPSPEED\nparallelism_config:\n"
		    "  parallelism_config_sp_size: 4\n", "8B", "sequence-parallel=4");
	assert_file("ddp.yaml", "distributed_type: 'NO'\nmixed_precision: 'no'\n", "8B",
		    "engine=none !precision");
	assert_file("ddp.yaml", "distributed_type: MULTI_GPU\n", "8B", "engine=none");
}
END_TEST

START_TEST(llamafactory)
{
	assert_file("train.yaml",
		    "### model\nmodel_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct\n"
		    "quantization_bit: 4\nstage: sft\ndo_train: true\nfinetuning_type: lora\n"
		    "lora_rank: 16\nlora_target: q_proj,v_proj\nadditional_target: lm_head\n"
		    "cutoff_len: 1024\nper_device_train_batch_size: 1\n"
		    "gradient_accumulation_steps: 8\nlearning_rate: 1.0e-4\nbf16: true\n"
		    "val_size: 0.1\nper_device_eval_batch_size: 1\neval_strategy: steps\n", NULL,
		    "name=llama-3-8b method=qlora lora-rank=16 lora-targets=listed lora-modules=5 "
		    "modules-to-save=1024 base-weights=nf4-dq sequence=1024 accumulation=8 "
		    "eval-batch=1 engine=none !checkpointing !lora-dropout");
	/* Full, with a DeepSpeed file; its fused loss and attention. */
	assert_file("train.yaml", "stage: pt\nfinetuning_type: full\ndeepspeed: ds3.json\n"
		    "model_name_or_path: 8B\nenable_liger_kernel: true\nflash_attn: disabled\n"
		    "disable_gradient_checkpointing: true\npure_bf16: true\n", NULL,
		    "zero=3 !method loss=fused attention=eager checkpointing=none "
		    "precision=bf16-true micro-batch=8 sequence-declared=yes eval-batch=0 !engine");
	/* The defaults: adapters of rank 8 on all linear layers. */
	assert_file("train.yaml", "cutoff_len: 512\n", "8B",
		    "method=lora lora-targets=all-linear sequence=512 !lora-rank");
	assert_file("train.yaml", "stage: dpo\npref_loss: simpo\nenable_liger_kernel: true\n"
		    "finetuning_type: full\n", "8B", "objective=dpo reference=no !loss");
	assert_file("train.yaml", "stage: dpo\npref_loss: orpo\nuse_dora: true\n"
		    "quantization_bit: 8\n", "8B",
		    "objective=orpo dora=yes base-weights=int8 reference=no");
	assert_file("train.yaml", "stage: rm\nuse_muon: true\n", "8B",
		    "objective=reward optimizer=muon");
	/* SimPO and ORPO load no reference, even if one is named. */
	assert_file("train.yaml", "stage: dpo\npref_loss: simpo\nref_model: 8B\n", "8B",
		    "objective=dpo reference=no");
	assert_file("train.yaml", "stage: dpo\nref_model: 8B\n", "8B", "reference=yes");
	assert_file("train.yaml", "stage: sft\nuse_asft_loss: true\n", "8B", "reference=yes");
	/* Checkpointing has a key of its own, and the Trainer's switches nothing off. */
	assert_file("train.yaml", "stage: sft\ngradient_checkpointing: false\n", "8B",
		    "!checkpointing");
	/* Trained weights are fp32 without an engine. */
	assert_file("train.yaml", "finetuning_type: full\nbf16: true\n", "8B",
		    "engine=none master=yes");
	assert_file("train.yaml", "finetuning_type: full\npure_bf16: true\n", "8B",
		    "engine=none precision=bf16-true !master");
	assert_file("train.yaml", "finetuning_type: lora\nbf16: true\n", "8B",
		    "engine=none base-weights=bf16 !master");
	assert_file("train.yaml", "finetuning_type: full\nbf16: true\ndeepspeed: ds3.json\n",
		    "8B", "!engine !master");
	/* Embeddings that grew are trained with the adapters, unless others are named. */
	assert_file("train.yaml", "stage: sft\nresize_vocab: true\n", "8B",
		    "modules-to-save=1536");
	assert_file("train.yaml", "stage: sft\nresize_vocab: true\nadditional_target: lm_head\n",
		    "8B", "modules-to-save=1024");
	assert_file("train.yaml", "stage: sft\nquantization_bit: 4\n"
		    "quantization_method: bitsandbytes\n", "8B", "base-weights=nf4-dq");
	assert_fails("train.yaml", "stage: sft\nquantization_bit: 4\nquantization_method: hqq\n"
		     "model_name_or_path: 8B\n", true,
		     "dsfit cannot size a training with quantization_method: hqq");
	assert_fails("train.yaml", "stage: sft\nfreeze_language_model: true\n"
		     "model_name_or_path: 8B\n", true,
		     "dsfit cannot size a training with freeze_language_model: true");
	/* What of a model with vision is trained. */
	assert_file("train.yaml", "stage: sft\n", "8B", "frozen=vision+projector");
	assert_file("train.yaml", "stage: sft\nfreeze_multi_modal_projector: false\n", "8B",
		    "frozen=vision");
	assert_file("train.yaml", "stage: sft\nfreeze_vision_tower: false\n", "8B",
		    "frozen=projector");
	assert_file("train.yaml", "stage: sft\nfreeze_vision_tower: false\n"
		    "freeze_multi_modal_projector: false\n", "8B", "!frozen");
	assert_file("train.yaml", "stage: sft\nfreeze_language_model: true\n"
		    "freeze_multi_modal_projector: false\n", "8B", "frozen=vision+language");
	assert_file("train.yaml", "stage: sft\ntrain_mm_proj_only: true\n", "8B",
		    "frozen=vision+language");
	assert_fails("train.yaml", "stage: sft\nfinetuning_type: freeze\n"
		     "model_name_or_path: 8B\n", true,
		     "dsfit cannot size a training with finetuning_type: freeze");
	assert_fails("train.yaml", "stage: sft\nuse_galore: true\nmodel_name_or_path: 8B\n", true,
		     "dsfit cannot size a training with use_galore: true");
}
END_TEST

START_TEST(llamafactory_v1)
{
	assert_file("v1.yaml", "model: Qwen/Qwen3-4B\nmodel_class: llm\npeft_config:\n"
		    "  name: lora\n  r: 16\n  target_modules: all\ndist_config:\n"
		    "  name: deepspeed\n  config_file: ds3.json\nmicro_batch_size: 2\n"
		    "cutoff_len: 1024\nquant_config: {name: bnb, quantization_bit: 8}\n"
		    "cp_size: 2\n", NULL,
		    "name=qwen3-4b method=qlora lora-rank=16 base-weights=int8 zero=3 "
		    "micro-batch=2 sequence=1024 sequence-parallel=2 !checkpointing !engine "
		    "lora-dropout=0.050000 foreach=yes");
	assert_file("v1.yaml", "model_class: llm\npeft_config: {name: lora, use_dora: true, "
		    "lora_dropout: 0, modules_to_save: [lm_head]}\nflash_attn: eager\n"
		    "quant_config: {name: bnb, double_quantization: false}\n"
		    "save_total_limit: 2\n", "8B",
		    "method=qlora base-weights=nf4 dora=yes modules-to-save=1024 attention=eager "
		    "save-total-limit=2 engine=none !lora-dropout");
	assert_file("v1.yaml", "model_class: llm\npref_loss: simpo\ndist_config: {name: fsdp2, "
		    "reshard_after_forward: false, offload_params: true}\n", "8B",
		    "objective=dpo reference=no engine=fsdp zero=2 offload-optimizer=cpu");
}
END_TEST

/* Fused losses of plain training leave preferences their logits; those have losses of their own. */
START_TEST(axolotl_objectives)
{
	assert_file("rl.yml", "base_model: 8B\nrl: dpo\nplugins:\n"
		    "  - axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin\n", NULL,
		    "objective=dpo !loss !reference");
	assert_file("rl.yml", "base_model: 8B\nrl: dpo\ndpo_use_liger_kernel: true\n"
		    "precompute_ref_log_probs: true\n", NULL,
		    "objective=dpo loss=fused reference=no");
	assert_file("rl.yml", "base_model: 8B\nrl: grpo\ntrl: {use_liger_loss: true}\n", NULL,
		    "objective=grpo loss=fused");
	/* A reference is loaded for all but ORPO, so it is as usual. */
	assert_file("rl.yml", "base_model: 8B\nrl: simpo\n", NULL, "objective=dpo !reference");
	assert_file("rl.yml", "base_model: 8B\nprocess_reward_model: true\n", NULL,
		    "task=classify !objective");
	assert_file("rl.yml", "base_model: 8B\nreward_model: true\n", NULL, "objective=reward");
}
END_TEST

START_TEST(axolotl)
{
	assert_file("qlora.yml",
		    "base_model: NousResearch/Llama-2-7b-hf\nload_in_8bit: false\n"
		    "load_in_4bit: true\nadapter: qlora\nlora_model_dir:\nsequence_len: 4096\n"
		    "sample_packing: true\nlora_r: 32\nlora_alpha: 16\nlora_dropout: 0.05\n"
		    "lora_target_modules:\nlora_target_linear: true\n"
		    "gradient_accumulation_steps: 4\nmicro_batch_size: 2\n"
		    "optimizer: paged_adamw_32bit\nbf16: auto\ngradient_checkpointing: true\n"
		    "val_set_size: 0.05\nattn_implementation: flash_attention_2\n", NULL,
		    "name=llama-2-7b method=qlora lora-rank=32 lora-targets=all-linear "
		    "lora-dropout=0.050000 base-weights=nf4-dq micro-batch=2 accumulation=4 "
		    "sequence=4096 eval-batch=2 engine=none !checkpointing !optimizer");
	assert_file("fft.yml",
		    "base_model: 8B\nplugins:\n  - axolotl.integrations.liger.LigerPlugin\n"
		    "liger_fused_linear_cross_entropy: true\ndeepspeed: ds3.json\n"
		    "eval_batch_size: 4\nval_set_size: 10\nrl: kto\n", NULL,
		    "zero=3 !loss !micro-batch= sequence=512 checkpointing=none "
		    "objective=kto eval-batch=4 save-total-limit=4 !method !engine");
	assert_file("fft.yml", "base_model: 8B\nplugins:\n"
		    "  - axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin\n"
		    "fsdp_config:\n  offload_params: true\n  reshard_after_forward: true\n"
		    "bfloat16: true\ncontext_parallel_size: 2\neager_attention: true\n", NULL,
		    "loss=fused engine=fsdp zero=3 offload-param=cpu !precision= "
		    "sequence-parallel=2 attention=eager eval-batch=0");
	assert_file("fft.yml", "base_model: 8B\nrl: grpo\ntrl: {max_completion_length: 256}\n"
		    "reward_model: false\nadapter:\nload_in_4bit: true\n", NULL,
		    "objective=grpo completion=256 !method !base-weights=nf4");
	/* The strategy in "fsdp", with a section beside it. */
	assert_file("fft.yml", "base_model: 8B\nfsdp: [shard_grad_op, auto_wrap]\n"
		    "fsdp_config: {fsdp_offload_params: true}\nbf16: full\n", NULL,
		    "engine=fsdp zero=2 offload-optimizer=cpu precision=bf16-true");
	assert_file("fft.yml", "base_model: 8B\nfsdp_config: {fsdp_sharding_strategy: 2}\n",
		    NULL, "engine=fsdp zero=2");
	assert_file("fft.yml", "base_model: 8B\nunsloth_cross_entropy_loss: true\n", NULL,
		    "loss=in-place");
	assert_file("fft.yml", "base_model: 8B\nbf16: false\nfp16: false\n", NULL,
		    "precision=fp32");
	assert_file("fft.yml", "base_model: 8B\nbf16: false\nfp16: true\n", NULL,
		    "precision=fp16");
	assert_file("fft.yml", "base_model: 8B\nval_set_size: 0.1\nevaluation_strategy: no\n",
		    NULL, "eval-batch=0");
	assert_file("fft.yml", "base_model: 8B\ngradient_checkpointing: true\n"
		    "selective_checkpointing: true\nfreeze_mm_modules: true\n", NULL,
		    "checkpointing=selective frozen=vision+projector");
	/* Only qlora is quantised to 4 bits, only lora to 8. */
	assert_file("fft.yml", "base_model: 8B\nadapter: lora\nload_in_4bit: true\n", NULL,
		    "method=lora base-weights=bf16");
	assert_file("fft.yml", "base_model: 8B\nadapter: lora\nload_in_8bit: true\n", NULL,
		    "method=qlora base-weights=int8");
	assert_fails("fft.yml", "base_model: 8B\nqat: {weight_dtype: int8}\n", true,
		     "cannot size a training with qat: section");
	assert_fails("fft.yml", "base_model: 8B\nrl: ebft\n", true,
		     "cannot size a training with rl: ebft");
}
END_TEST

/* ---- several files, and what a file names --------------------------------------------------- */

START_TEST(later_files_win)
{
	unit_write("accelerate.yaml", "distributed_type: DEEPSPEED\nmixed_precision: fp16\n"
		   "deepspeed_config: {zero_stage: 1}\n");
	unit_write("fsdp.yaml", "distributed_type: FSDP\nfsdp_config:\n"
		   "  fsdp_activation_checkpointing: true\n");
	unit_write("lf.yaml", "stage: sft\nfinetuning_type: full\nbf16: true\n"
		   "model_name_or_path: 8B\ncutoff_len: 300\n");
	unit_write("args.yaml", "output_dir: x\nper_device_train_batch_size: 2\n");
	assert_files("accelerate.yaml,lf.yaml", NULL, "zero=1 sequence=300 !engine !precision=");
	/* What an earlier file says, a later one's default leaves. */
	assert_files("fsdp.yaml,args.yaml", "8B", "engine=fsdp micro-batch=2 !checkpointing");
	assert_files("lf.yaml,ds3.json", NULL, "zero=3 sequence=300 !engine");
	assert_files("ds3.json,lf.yaml", NULL, "zero=3 micro-batch=8 !engine");
	unit_write("a,b.yaml", "output_dir: x\nper_device_train_batch_size: 5\n");
	assert_files("a,b.yaml", "8B", "micro-batch=5");
	assert_fails("lf.yaml,nowhere.yaml", NULL, false,
		     "--ds-config=lf.yaml,nowhere.yaml: nowhere.yaml: No such file");
}
END_TEST

START_TEST(a_file_beside_the_file)
{
	mkdir("job", 0700);
	unit_write("job/beside.json", "{\"zero_optimization\": {\"stage\": 1}}");
	assert_file("job/args.yaml", "output_dir: x\ndeepspeed: beside.json\n", "8B", "zero=1");
	/* The working directory comes first. */
	unit_write("beside.json", "{\"zero_optimization\": {\"stage\": 2}}");
	assert_files("job/args.yaml", "8B", "zero=2");
	assert_fails("args.yaml", "output_dir: x\ndeepspeed: gone.json\n", false,
		     "--ds-config=args.yaml: line 2: \"deepspeed\": gone.json: No such file");
	/* A file may have the name by which a mapping is known within. */
	assert_fails("args.yaml", "output_dir: x\ndeepspeed: section\n", false,
		     "--ds-config=args.yaml: line 2: \"deepspeed\": section: No such file");
	/* A file that names itself is no DeepSpeed file, and is read once. */
	assert_fails("loop.json", "{\"output_dir\": \"x\", \"deepspeed\": \"loop.json\", "
		     "\"bf16\": true, \"model_name_or_path\": \"8B\"}", false, "\"bf16\"");
}
END_TEST

START_TEST(options_and_models)
{
	struct dsfit_error err = { "" };
	struct dsfit_workload w;
	char line[DSFIT_PASSED_ON_MAX];

	unit_write("train.yml", "base_model: meta-llama/Llama-2-7b-hf\nmicro_batch_size: 2\n");
	/* An option wins, and one that asks for ZeRO says that there is DeepSpeed. */
	ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
		[DSFIT_OPTION_CONFIG] = "train.yml", [DSFIT_OPTION_ZERO] = "3",
		[DSFIT_OPTION_BATCH] = "7" } }, &w, &err), 0);
	ck_assert_int_eq(w.training.engine, DSFIT_ENGINE_DEEPSPEED);
	ck_assert_uint_eq(w.training.zero, 3);
	ck_assert_uint_eq(w.training.micro_batch, 7);
	assert_files("train.yml", "13B", "name=13B");
	assert_files("train.yml", NULL, "name=llama-2-7b");
	/* One's own file counts more than what another job passed on. */
	ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
		[DSFIT_OPTION_MODEL] = "13B" } }, &w, &err), 0);
	ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line)), 0);
	assert_files("train.yml", line, "name=llama-2-7b micro-batch=2");
	/* A model that nobody knows is no mistake of the file's. */
	assert_fails("train.yml", "base_model: me/mine\n", true,
		     "--ds-config names a model that dsfit does not know: --ds-model=me/mine: no "
		     "such file, folder or known model");
	ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line)), 0);
	assert_fails("args.yaml", "output_dir: x\n", false, "no model: add --ds-model");
	ck_assert_int_eq(resolve((struct dsfit_declaration){ .no_files = true, .value = {
		[DSFIT_OPTION_CONFIG] = "train.yml" } }, &w, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "slurmctld does not read users' files"));
}
END_TEST

/* slurmctld is told what is not understood, in the line. */
START_TEST(not_understood_is_passed_on)
{
	struct dsfit_error err = { "" };
	struct dsfit_workload w, read;
	char line[DSFIT_PASSED_ON_MAX];

	unit_write("t.yaml", "stage: sft\nuse_badam: true\nmodel_name_or_path: 8B\n");
	ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
		[DSFIT_OPTION_CONFIG] = "t.yaml" } }, &w, &err), -1);
	ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line)), 0);
	ck_assert_int_eq(dsfit_passed_on_read(line, &read, &err), -1);
	ck_assert(read.model.not_understood);
}
END_TEST

/* ---- mistakes ------------------------------------------------------------------------------- */

START_TEST(mistakes_have_a_line)
{
	assert_fails("t.yaml", "stage: sft\nper_device_train_batch_size: many\n", false,
		     "--ds-config=t.yaml: line 2: \"per_device_train_batch_size\": many: must be");
	assert_fails("t.yaml", "base_model: 8B\ngradient_checkpointing: sometimes\n", false,
		     "line 2: \"gradient_checkpointing\": sometimes: must be one of true, false, "
		     "offload, offload_disk, unsloth");
	assert_fails("t.yaml", "base_model: 8B\nadapter: lora\n\nlora_r: -1\n", false,
		     "line 4: \"lora_r\": lora:-1: must be full, lora or qlora");
	assert_fails("t.json", "{\"output_dir\": \"x\", \"per_device_train_batch_size\": 0}", false,
		     "--ds-config=t.json: \"per_device_train_batch_size\": 0: must be");
	assert_fails("t.yaml", "base_model: 8B\ndeepspeed:\n  zero_optimization: {stage: 4}\n",
		     false, "line 3: \"deepspeed\": \"zero_optimization.stage\": 4: must be");
	assert_fails("t.yaml", "one: two\n", false,
		     "--ds-config=t.yaml: neither DeepSpeed's, accelerate's, LLaMA-Factory's, "
		     "axolotl's, TRL's, the Trainer's nor PEFT's: no key is known");
	assert_fails("t.yaml", "a: [\n", false, "--ds-config=t.yaml: line 2: not YAML: ");
	assert_fails("t.yaml", "a: *a\n", false, "line 1: an alias without its anchor");
	assert_fails("t.yaml", "base_model: 8B\nx: &b -1\nlora_r: *b\nadapter: lora\n", false,
		     "line 2: \"lora_r\": lora:-1: must be full, lora or qlora");
}
END_TEST

START_TEST(long_values)
{
	char text[4096] = "base_model: 8B\noptimizer: ";

	memset(text + strlen(text), 'x', 3000);
	assert_fails("t.yaml", text, false, "line 2: \"optimizer\": longer than 1023 characters");
	strcpy(text, "base_model: ");
	memset(text + strlen(text), 'x', 1000);
	text[1012] = '\0';
	assert_fails("t.yaml", text, true, "names a model that dsfit does not know");
	/* 24 is not read as 2 because our word for it has no room for the last digit. */
	strcpy(text, "base_model: 8B\ncontext_parallel_size: '");
	sprintf(text + strlen(text), "%01013d24'\n", 0);
	assert_fails("t.yaml", text, false, "\"context_parallel_size\": 000");
}
END_TEST

/* A list of 100,000 names, and a section where a word should be. */
START_TEST(odd_values)
{
	char *text = malloc(900000);
	size_t used;

	ck_assert_ptr_nonnull(text);
	used = (size_t)sprintf(text, "base_model: 8B\nadapter: lora\nlora_target_modules: [");
	for (int i = 0; i < 100000; i++)
		used += (size_t)sprintf(text + used, "q_proj,");
	strcpy(text + used, "q]\n");
	assert_fails("t.yaml", text, false, "\"lora_target_modules\": longer than");
	free(text);
	assert_fails("t.yaml", "base_model: 8B\nmicro_batch_size: {a: b}\n", false,
		     "\"micro_batch_size\": section: must be");
	assert_file("t.yaml", "base_model: 8B\nadapter: lora\nlora_target_modules: [~, q_proj]\n"
		    "plugins: [~, {a: b}]\n", NULL, "method=lora lora-targets=all-linear");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		trainer, optimizers, trl, trl_objectives, trl_weights, peft, accelerate,
		llamafactory, llamafactory_v1, axolotl, axolotl_objectives,
		later_files_win, a_file_beside_the_file, options_and_models,
		not_understood_is_passed_on, mistakes_have_a_line, long_values, odd_values, NULL,
	};
	Suite *suite = suite_create("training_files");
	TCase *tcase = unit_folder_case(suite, "files");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; tests[i]; i++)
		tcase_add_test(tcase, tests[i]);
	return unit_run(suite);
}
