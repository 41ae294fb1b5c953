/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables, one a tool. Sources, with the defaults:
 *
 *     Trainer         transformers 5.23, training_args.py
 *     TRL             trl 1.9, trainer/model_config.py, sft_config.py and the like
 *     PEFT            peft 0.21.2, tuners/lora/config.py
 *     accelerate      accelerate 1.15, commands/config/, utils/dataclasses.py
 *     LLaMA-Factory   ff6d4d1 (August 2026), src/llamafactory/hparams/ and v1/config/
 *     axolotl         067b021 (July 2026), src/axolotl/utils/schemas/, utils/config/
 *
 * A key that is in no row is the tool's own business. A default is listed only where it decides
 * memory. The Trainer's and TRL's bf16 is not: which weights a script loads is not in the file.
 */
#include "core/training/tool_keys.h"

#include <stddef.h>

#define YES_NO "true=yes,false=no"
#define CHECKPOINTING "true=full,false=none,offload=full,offload_disk=full,unsloth=full"
#define ATTENTION "eager=eager,disabled=eager,sdpa=flash,*="
#define PEFT_ALL "all=all-linear,all-linear=all-linear,all_linear=all-linear,*=%"

/*
 * GaLore, APOLLO and LOMO keep states of a form that no setting has; AdEMAMix and GrokAdamW keep
 * three (bitsandbytes' optim/ademamix.py, grokadamw.py), which is more than Adam's. Those
 * of 4 bits and fp8 (torchao) are counted as 8 bits, and so are 8-bit ones with one state. What is
 * not listed keeps at most Adam's: so CAME, which has a whole first moment, and of ZeRO's flat
 * partitions a whole second one.
 */
#define OPTIMIZERS \
	"adafactor=adafactor,sgd=sgd,muon=muon," \
	"adamw_bnb_8bit=adam8bit,adamw_8bit=adam8bit,adamw_torch_8bit=adam8bit," \
	"ao_adamw_8bit=adam8bit,adamw_torch_4bit=adam8bit,ao_adamw_4bit=adam8bit," \
	"ao_adamw_fp8=adam8bit,paged_adamw_8bit=paged-adam8bit,lion_32bit=lion," \
	"lion_8bit=adam8bit,lion_pytorch=lion,lion=lion,paged_lion_32bit=lion," \
	"paged_lion_8bit=paged-adam8bit,adagrad=lion,rmsprop=lion,rmsprop_bnb=lion," \
	"rmsprop_bnb_32bit=lion,rmsprop_bnb_8bit=adam8bit,schedule_free_sgd=lion," \
	"ademamix=?,ademamix_8bit=?,paged_ademamix_32bit=?,paged_ademamix_8bit=?,grokadamw=?," \
	"galore_adamw=?,galore_adamw_8bit=?,galore_adafactor=?,galore_adamw_layerwise=?," \
	"galore_adamw_8bit_layerwise=?,galore_adafactor_layerwise=?,q_galore_adamw8bit=?," \
	"apollo_adamw=?,apollo_adamw_layerwise=?,lomo=?,adalomo=?,*=adamw"
/* torch's own loop over tensors is foreach, unless the fused kernel is asked for. */
#define FOREACH "adamw_torch=yes,adamw_torch_fused=no,*="

/* torch's ShardingStrategy by name or number, or FSDP2's flag (accelerate, utils/constants.py). */
#define SHARDING \
	"1=full_shard,2=shard_grad_op,3=no_shard,4=hybrid_shard,5=hybrid_shard_zero2," \
	"true=full_shard,false=shard_grad_op,*=%"

#define END { NULL, NULL, NULL, NULL }

/*
 * transformers 5.23: training_args.py, trainer_optimizer.py. Of two names for one thing the new one
 * counts, which is the later row. Keys of fsdp_config may have "fsdp_" in front
 * (_process_fsdp_args()); with "fsdp" a flag, its strategy and its offload are there. Liger's
 * kernels have a fused loss unless liger_kernel_config says otherwise.
 */
static const struct dsfit_tool_key trainer_keys[] = {
	{ "model_name_or_path", "@model", NULL, NULL },
	{ "per_device_train_batch_size", "batch", NULL, "8" },
	{ "gradient_accumulation_steps", "accumulation", NULL, "1" },
	{ "eval_strategy", "@eval", "no=no,false=no,*=yes", "no" },
	{ "evaluation_strategy", "@eval", "no=no,false=no,*=yes", NULL },
	{ "do_eval", "@eval", "true=yes,false=", NULL },
	{ "per_device_eval_batch_size", "@eval-batch", NULL, "8" },
	{ "gradient_checkpointing", "checkpointing", CHECKPOINTING, "false" },
	{ "activation_checkpointing", "checkpointing", CHECKPOINTING, NULL },
	{ "bf16", "precision", "true=bf16,false=", NULL },
	{ "fp16", "precision", "true=fp16,false=", NULL },
	{ "optim", "optimizer", OPTIMIZERS, "adamw_torch_fused" },
	{ "optim", "foreach", FOREACH, "adamw_torch_fused" },
	{ "use_liger_kernel", "loss", "true=fused,false=plain", NULL },
	{ "liger_kernel_config.fused_linear_cross_entropy", "loss", "false=plain,*=", NULL },
	{ "deepspeed", "@deepspeed", NULL, NULL },
	{ "fsdp", "@fsdp", "true=full_shard,false=,*=%", NULL },
	{ "fsdp_config.reshard_after_forward", "@fsdp", SHARDING, NULL },
	{ "fsdp_config.fsdp_reshard_after_forward", "@fsdp", SHARDING, NULL },
	{ "fsdp_config.cpu_offload", "@fsdp-offload", YES_NO, NULL },
	{ "fsdp_config.fsdp_cpu_offload", "@fsdp-offload", YES_NO, NULL },
	{ "fsdp_config.activation_checkpointing", "checkpointing", "true=full,false=", NULL },
	{ "fsdp_config.fsdp_activation_checkpointing", "checkpointing", "true=full,false=", NULL },
	{ "save_total_limit", "save-total-limit", NULL, NULL },
	{ "dataloader_num_workers", "workers", NULL, NULL },
	{ "max_seq_length", "seq", NULL, NULL },
	{ "model_max_length", "seq", NULL, NULL },
	{ "block_size", "seq", NULL, NULL },
	{ "max_length", "seq", NULL, NULL },
	END,
};

/*
 * The Trainer's keys, and TRL's own: trl 1.9, the files of trainer/ that end in _config.py, and
 * what files still have of older releases. max_length has its default since 0.13 (DPO) and 0.16
 * (SFT), gradient_checkpointing since 0.22; max_seq_length went with 0.20. SFT's loss is
 * chunked_nll by default since 1.7, so that is left open. Which trainer it is is the script's
 * choice: it follows from keys and losses that only one of them has. GRPO has no max_prompt_length
 * since 0.26, and is taken to have what it had by default. Of the releases with that key, those
 * before 0.25 have use_liger_loss for preferences and GRPO, and use_liger_kernel leaves the logits.
 */
#define LOSSES \
	"sigmoid=dpo,sigmoid_norm=dpo,hinge=dpo,ipo=dpo,exo_pair=dpo,nca_pair=dpo,robust=dpo," \
	"bco_pair=dpo,sppo_hard=dpo,aot=dpo,aot_pair=dpo,aot_unpaired=dpo,apo_zero=dpo," \
	"apo_down=dpo,discopop=dpo,simpo=dpo,alphapo=dpo,kto=kto,bco=kto,apo_zero_unpaired=kto," \
	"grpo=grpo,dr_grpo=grpo,dapo=grpo,bnpo=grpo,cispo=grpo,sapo=grpo,luspo=grpo,vespo=grpo," \
	"*="

static const struct dsfit_tool_key trl_keys[] = {
	{ "max_length", "seq", NULL, "1024" },
	{ "max_seq_length", "checkpointing", "*=none", NULL },
	{ "gradient_checkpointing", "checkpointing", CHECKPOINTING, "true" },
	{ "use_peft", "@adapter", "true=lora,false=full", NULL },
	{ "lora_r", "@rank", NULL, "16" },
	{ "lora_dropout", "@dropout", NULL, "0.05" },
	{ "lora_target_modules", "@targets", PEFT_ALL, NULL },
	{ "lora_target_parameters", "@parameters", NULL, NULL },
	{ "lora_modules_to_save", "@save", NULL, NULL },
	{ "use_dora", "dora", YES_NO, NULL },
	{ "lora_task_type", "head", "SEQ_CLS=classify,*=", NULL },
	{ "load_in_4bit", "@bits", "true=4,false=", NULL },
	{ "load_in_8bit", "@bits", "true=8,false=", NULL },
	{ "use_bnb_nested_quant", "@double", YES_NO, "false" },
	{ "attn_implementation", "attention", ATTENTION, NULL },
	{ "dtype", "@fp32", "float32=all,*=none", "float32" },
	{ "torch_dtype", "@fp32", "float32=all,*=none", NULL },
	{ "use_liger", "loss", "true=fused,false=plain", NULL },
	{ "max_prompt_length", "loss", "*=plain", NULL },
	{ "use_liger_loss", "loss", "true=fused,false=", NULL },
	{ "loss_type", "loss", "chunked_nll=fused,nll=plain,*=", NULL },
	{ "loss_type", "objective", LOSSES, NULL },
	{ "num_generations", "objective", "*=grpo", NULL },
	{ "num_iterations", "objective", "*=grpo", NULL },
	{ "reward_funcs", "objective", "*=grpo", NULL },
	{ "steps_per_generation", "objective", "*=grpo", NULL },
	{ "desirable_weight", "objective", "*=kto", NULL },
	{ "undesirable_weight", "objective", "*=kto", NULL },
	{ "center_rewards_coefficient", "objective", "*=reward", NULL },
	{ "loss_type", "reference", "simpo=no,alphapo=no,*=", NULL },
	{ "precompute_ref_log_probs", "reference", "true=no,false=", NULL },
	{ "beta", "reference", "0=no,0.0=no,*=", NULL },
	{ "max_prompt_length", "@prompt", NULL, "512" },
	{ "max_completion_length", "@completion", NULL, "256" },
	END,
};

/* peft 0.21.2: tuners/lora/config.py, utils/peft_types.py. Without target_modules they are the
 * model's (utils/constants.py), mostly queries and values, which is dsfit's default too. */
static const struct dsfit_tool_key peft_keys[] = {
	{ "peft_type", "@adapter", "LORA=lora,*=?", NULL },
	{ "base_model_name_or_path", "@model", NULL, NULL },
	{ "r", "@rank", NULL, "8" },
	{ "lora_dropout", "@dropout", NULL, "0" },
	{ "target_modules", "@targets", PEFT_ALL, NULL },
	{ "target_parameters", "@parameters", NULL, NULL },
	{ "modules_to_save", "@save", NULL, NULL },
	{ "use_dora", "dora", YES_NO, NULL },
	{ "task_type", "head", "SEQ_CLS=classify,*=", NULL },
	END,
};

/* accelerate 1.15: commands/launch.py has the keys of the sections; DeepSpeedPlugin and
 * FullyShardedDataParallelPlugin of utils/dataclasses.py have the defaults. */
static const struct dsfit_tool_key accelerate_keys[] = {
	{ "distributed_type", "@engine",
	  "DEEPSPEED=deepspeed,FSDP=fsdp,MULTI_GPU=none,NO=none,false=none,no=none,*=?", NULL },
	{ "mixed_precision", "precision", "bf16=bf16,fp16=fp16,*=", NULL },
	{ "deepspeed_config.deepspeed_config_file", "@deepspeed", NULL, NULL },
	{ "deepspeed_config.zero_stage", "@stage", NULL, "2" },
	{ "deepspeed_config.offload_optimizer_device", "@offload-optimizer", NULL, "none" },
	{ "deepspeed_config.offload_param_device", "@offload-param", NULL, "none" },
	{ "deepspeed_config.zero3_init_flag", "zero-init", YES_NO, NULL },
	{ "deepspeed_config.gradient_accumulation_steps", "accumulation", NULL, NULL },
	{ "gradient_accumulation_steps", "accumulation", NULL, NULL },
	{ "fsdp_config.fsdp_sharding_strategy", "@fsdp", SHARDING, NULL },
	{ "fsdp_config.fsdp_reshard_after_forward", "@fsdp", SHARDING, NULL },
	{ "fsdp_config.fsdp_offload_params", "@fsdp-offload", YES_NO, NULL },
	{ "fsdp_config.fsdp_activation_checkpointing", "checkpointing", "true=full,false=", NULL },
	{ "parallelism_config.parallelism_config_cp_size", "parallel", "1=,*=sequence:%", NULL },
	{ "parallelism_config.parallelism_config_sp_size", "parallel", "1=,*=sequence:%", NULL },
	{ "parallelism_config.parallelism_config_tp_size", "parallel", "1=,*=tensor:%", NULL },
	END,
};

/*
 * The Trainer's keys, and these: LLaMA-Factory ff6d4d1, hparams/{model,data,finetuning}_args.py.
 * LLaMA-Factory switches checkpointing on itself (model/model_utils/checkpointing.py), whatever the
 * Trainer's key says. Without DeepSpeed or FSDP it is DDP, and what is trained is cast to fp32
 * (model/adapter.py: init_adapter()). With resize_vocab, adapters have both ends beside them unless
 * other modules are named. SimPO and ORPO load no reference (FinetuningArguments.__post_init__()),
 * ASFT does (train/sft/workflow.py). bitsandbytes' name changed in 0.9.3; cutoff_len was 1024 up to
 * 0.9.0.
 */
static const struct dsfit_tool_key llamafactory_keys[] = {
	{ "stage", "objective",
	  "sft=sft,pt=sft,dpo=dpo,kto=kto,rm=reward,ppo=ppo,*=?", "sft" },
	{ "pref_loss", "objective", "orpo=orpo,*=", NULL },
	{ "ref_model", "reference", "*=yes", NULL },
	{ "pref_loss", "reference", "simpo=no,orpo=no,*=", NULL },
	{ "use_asft_loss", "reference", "true=yes,false=", NULL },
	{ "do_train", "@unsized", "true=,false=?", NULL },
	{ "finetuning_type", "@adapter", "lora=lora,full=full,*=?", "lora" },
	{ "lora_rank", "@rank", NULL, "8" },
	{ "lora_dropout", "@dropout", NULL, "0" },
	{ "lora_target", "@targets", PEFT_ALL, "all" },
	{ "resize_vocab", "@save", "true=embed_tokens+lm_head,false=", NULL },
	{ "additional_target", "@save", NULL, NULL },
	{ "use_dora", "dora", YES_NO, NULL },
	{ "quantization_bit", "@bits", "4=4,8=8,*=?", NULL },
	{ "quantization_method", "@unsized", "bnb=,bitsandbytes=,*=?", NULL },
	{ "double_quantization", "@double", YES_NO, "true" },
	{ "cutoff_len", "seq", NULL, "2048" },
	{ "pure_bf16", "precision", "true=bf16-true,false=", NULL },
	{ "pure_bf16", "@fp32", "true=none,false=trained", "false" },
	{ "gradient_checkpointing", "checkpointing", "*=full", NULL },
	{ "activation_checkpointing", "checkpointing", "*=full", NULL },
	{ "disable_gradient_checkpointing", "checkpointing", "true=none,false=full", "false" },
	{ "enable_liger_kernel", "loss", "true=fused,false=plain", NULL },
	{ "flash_attn", "attention", ATTENTION, NULL },
	{ "freeze_vision_tower", "@freeze-vision", YES_NO, "true" },
	{ "freeze_multi_modal_projector", "@freeze-projector", YES_NO, "true" },
	{ "train_mm_proj_only", "@freeze-projector", "true=no,false=", NULL },
	{ "freeze_language_model", "@freeze-language", YES_NO, NULL },
	{ "train_mm_proj_only", "@freeze-language", "true=yes,false=", NULL },
	{ "use_muon", "optimizer", "true=muon,false=", NULL },
	{ "use_adam_mini", "@unsized", "true=?,false=", NULL },
	{ "use_galore", "@unsized", "true=?,false=", NULL },
	{ "use_apollo", "@unsized", "true=?,false=", NULL },
	{ "use_badam", "@unsized", "true=?,false=", NULL },
	{ "use_llama_pro", "@unsized", "true=?,false=", NULL },
	{ "use_kt", "@unsized", "true=?,false=", NULL },
	{ "use_hyper_parallel", "@unsized", "true=?,false=", NULL },
	{ "mixture_of_depths", "@unsized", "*=?", NULL },
	END,
};

/* LLaMA-Factory ff6d4d1, v1/config/{model,training}_args.py, v1/plugins/: LoraParams, BnbParams,
 * FSDP2Params. The optimizer is torch.optim.AdamW unless another is named (base_trainer.py). */
static const struct dsfit_tool_key llamafactory_v1_keys[] = {
	{ "model", "@model", NULL, NULL },
	{ "micro_batch_size", "batch", NULL, "1" },
	{ "cutoff_len", "seq", NULL, "2048" },
	{ "bf16", "precision", "true=bf16,false=", "true" },
	{ "enable_activation_checkpointing", "checkpointing", CHECKPOINTING, "true" },
	{ "peft_config.name", "@adapter", "lora=lora,full=full,*=?", NULL },
	{ "peft_config.r", "@rank", NULL, "8" },
	{ "peft_config.lora_dropout", "@dropout", NULL, "0.05" },
	{ "peft_config.target_modules", "@targets", PEFT_ALL, "all" },
	{ "peft_config.modules_to_save", "@save", NULL, NULL },
	{ "peft_config.use_dora", "dora", YES_NO, NULL },
	{ "quant_config.name", "@bits", "bnb=4,auto=,*=?", NULL },
	{ "quant_config.quantization_bit", "@bits", "4=4,8=8,*=?", NULL },
	{ "quant_config.double_quantization", "@double", YES_NO, "true" },
	{ "flash_attn", "attention", ATTENTION, NULL },
	{ "kernel_config.name", "loss", "liger_kernel=fused,*=", NULL },
	{ "pref_loss", "objective", "orpo=orpo,*=dpo", NULL },
	{ "pref_loss", "reference", "simpo=no,orpo=no,*=", NULL },
	{ "optim_config.name", "optimizer", OPTIMIZERS, NULL },
	{ "optim_config", "foreach", "section=,*=yes", "none" },
	{ "save_total_limit", "save-total-limit", NULL, NULL },
	{ "dist_config.name", "@engine", "deepspeed=deepspeed,fsdp2=fsdp,*=?", NULL },
	{ "dist_config.reshard_after_forward", "@fsdp", SHARDING, NULL },
	{ "dist_config.offload_params", "@fsdp-offload", YES_NO, NULL },
	{ "dist_config.config_file", "@deepspeed", NULL, NULL },
	{ "cp_size", "parallel", "1=,*=sequence:%", NULL },
	END,
};

/*
 * axolotl 067b021: utils/schemas/, utils/config/__init__.py (normalize_config()), core/builders/.
 * "bfloat16" is the Trainer's bf16 as "bf16" is, but "full" is without autocast, and neither nor
 * fp16 is fp32 (resolve_dtype()). 4 bits are qlora's, 8 bits lora's (loaders/model.py). Without
 * adapters a reference is loaded for all but ORPO, even if it serves for nothing (train.py).
 * Selective checkpointing keeps less than dsfit's. In fsdp_config, keys are with or without "fsdp_"
 * in front, and the strategy of "fsdp" counts more.
 */
static const struct dsfit_tool_key axolotl_keys[] = {
	{ "base_model", "@model", NULL, NULL },
	{ "micro_batch_size", "batch", NULL, "1" },
	{ "gradient_accumulation_steps", "accumulation", NULL, "1" },
	{ "sequence_len", "seq", NULL, "512" },
	{ "bf16", "precision", "true=bf16,auto=bf16,full=bf16-true,false=fp32", "auto" },
	{ "fp16", "precision", "true=fp16,*=", NULL },
	{ "bfloat16", "precision", "true=bf16,*=", NULL },
	{ "val_set_size", "@eval", "0=no,0.0=no,*=yes", "0" },
	{ "test_datasets", "@eval", "*=yes", NULL },
	{ "evaluation_strategy", "@eval", "no=no,false=no,*=", NULL },
	{ "eval_strategy", "@eval", "no=no,false=no,*=", NULL },
	{ "eval_batch_size", "@eval-batch", NULL, NULL },
	{ "gradient_checkpointing", "checkpointing", CHECKPOINTING, "false" },
	{ "activation_offloading", "checkpointing", "false=,*=full", NULL },
	{ "selective_checkpointing", "checkpointing", "false=,*=selective", NULL },
	{ "layer_offloading", "@unsized", "true=?,false=", NULL },
	{ "qat", "@unsized", "section=?,*=", NULL },
	{ "freeze_mm_modules", "frozen", "true=vision+projector,false=none", NULL },
	{ "optimizer", "optimizer", OPTIMIZERS, "adamw_torch_fused" },
	{ "optimizer", "foreach", FOREACH, "adamw_torch_fused" },
	{ "adapter", "@adapter", "lora=lora,qlora=lora,*=?", NULL },
	{ "lora_r", "@rank", NULL, NULL },
	{ "lora_dropout", "@dropout", NULL, "0" },
	{ "lora_target_modules", "@targets", PEFT_ALL, NULL },
	{ "lora_target_linear", "@targets", "true=all-linear,false=", NULL },
	{ "lora_target_parameters", "@parameters", NULL, NULL },
	{ "lora_modules_to_save", "@save", NULL, NULL },
	{ "peft_use_dora", "dora", YES_NO, NULL },
	{ "load_in_4bit", "@bits", "true=4,false=", NULL },
	{ "adapter", "@bits", "lora=none,*=", NULL },
	{ "load_in_8bit", "@bits", "true=8,false=", NULL },
	{ "gptq", "@bits", "true=gptq,false=", NULL },
	{ "bnb_config_kwargs.bnb_4bit_use_double_quant", "@double", YES_NO, "true" },
	{ "quantize_moe_experts", "experts", "true=quantised,false=", NULL },
	{ "attn_implementation", "attention", ATTENTION, NULL },
	{ "flash_attention", "attention", "true=flash,*=", NULL },
	{ "sdp_attention", "attention", "true=flash,*=", NULL },
	{ "eager_attention", "attention", "true=eager,*=", NULL },
	{ "unsloth_cross_entropy_loss", "loss", "true=in-place,false=", NULL },
	{ "liger_fused_linear_cross_entropy", "loss", "true=fused,false=", NULL },
	{ "plugins", "@plugins", NULL, NULL },
	{ "cut_cross_entropy", "@cut-cross-entropy", YES_NO, "true" },
	{ "deepspeed", "@deepspeed", NULL, NULL },
	{ "fsdp_config", "@fsdp", "section=full_shard,*=", NULL },
	{ "fsdp_config.fsdp_sharding_strategy", "@fsdp", SHARDING, NULL },
	{ "fsdp_config.reshard_after_forward", "@fsdp", SHARDING, NULL },
	{ "fsdp_config.fsdp_reshard_after_forward", "@fsdp", SHARDING, NULL },
	{ "fsdp", "@fsdp", "true=full_shard,false=,*=%", NULL },
	{ "fsdp_config.fsdp_offload_params", "@fsdp-offload", YES_NO, NULL },
	{ "fsdp_config.offload_params", "@fsdp-offload", YES_NO, NULL },
	{ "fsdp_config.activation_checkpointing", "checkpointing", "true=full,*=", NULL },
	{ "fsdp_config.fsdp_activation_checkpointing", "checkpointing", "true=full,*=", NULL },
	{ "rl", "objective",
	  "dpo=dpo,ipo=dpo,simpo=dpo,kto=kto,orpo=orpo,grpo=grpo,gdpo=grpo,false=,*=?", NULL },
	{ "precompute_ref_log_probs", "reference", "true=no,false=", NULL },
	{ "dpo_use_liger_kernel", "@fused-preferences", YES_NO, NULL },
	{ "trl.use_liger_loss", "@fused-preferences", YES_NO, NULL },
	{ "reward_model", "objective", "true=reward,false=", NULL },
	{ "process_reward_model", "head", "true=classify,false=", NULL },
	{ "trl.max_completion_length", "@completion", NULL, NULL },
	{ "dataloader_num_workers", "workers", NULL, NULL },
	{ "save_total_limit", "save-total-limit", NULL, "4" },
	{ "context_parallel_size", "parallel", "1=,*=sequence:%", NULL },
	{ "sequence_parallel_degree", "parallel", "1=,*=sequence:%", NULL },
	{ "tensor_parallel_size", "parallel", "1=,*=tensor:%", NULL },
	END,
};

static const char *const peft_marks[] = { "peft_type", NULL };
static const char *const accelerate_marks[] = { "distributed_type", "compute_environment",
						"deepspeed_config", NULL };
static const char *const axolotl_marks[] = { "base_model", "sequence_len", NULL };
static const char *const llamafactory_marks[] = { "finetuning_type", "cutoff_len", "stage",
						  "lora_target", "quantization_bit", NULL };
static const char *const llamafactory_v1_marks[] = { "dist_config", "peft_config", "model_class",
						     "train_dataset", NULL };
static const char *const trl_marks[] = { "use_peft", "lora_r", "lora_target_modules",
					 "max_seq_length", "max_length", "max_completion_length",
					 "max_prompt_length", "num_generations", "load_in_4bit",
					 "load_in_8bit", "attn_implementation", "dataset_name",
					 "dataset_mixer", "dataset_text_field",
					 "precompute_ref_log_probs", "use_liger_loss", NULL };
static const char *const trainer_marks[] = {
	"per_device_train_batch_size", "per_device_eval_batch_size", "output_dir", "eval_strategy",
	"evaluation_strategy", "gradient_checkpointing", "optim", "model_name_or_path",
	"num_train_epochs", "max_steps", "learning_rate", "deepspeed", "fsdp", "save_strategy",
	"do_train", "use_liger_kernel", NULL,
};

const struct dsfit_tool dsfit_tools[] = {
	{ "PEFT", peft_marks, { peft_keys, NULL }, false, false },
	{ "accelerate", accelerate_marks, { accelerate_keys, NULL }, false, false },
	{ "axolotl", axolotl_marks, { axolotl_keys, NULL }, true, true },
	{ "LLaMA-Factory", llamafactory_v1_marks, { llamafactory_v1_keys, NULL }, true, true },
	{ "LLaMA-Factory", llamafactory_marks, { trainer_keys, llamafactory_keys }, true, true },
	{ "TRL", trl_marks, { trainer_keys, trl_keys }, false, false },
	{ "Trainer", trainer_marks, { trainer_keys, NULL }, false, false },
	{ NULL, NULL, { NULL, NULL }, false, false },
};
