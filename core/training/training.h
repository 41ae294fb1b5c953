/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TRAINING_H
#define DSFIT_TRAINING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

/*
 * How a model is trained: the settings from options and from DeepSpeed's JSON file, as numbers.
 * Each enum has an array with the names of its values, in its order and ended by NULL. Users type
 * these names, and JSON shows them.
 */
enum dsfit_offload { DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_NVME };
enum dsfit_method { DSFIT_METHOD_FULL, DSFIT_METHOD_LORA, DSFIT_METHOD_QLORA };
enum dsfit_precision {
	DSFIT_PRECISION_BF16,		/* mixed: 16-bit weights and gradients, fp32 master copy */
	DSFIT_PRECISION_FP16,		/* the same with fp16 */
	DSFIT_PRECISION_BF16_TRUE,	/* everything in bf16, no master copy */
	DSFIT_PRECISION_FP32,
};
enum dsfit_optimizer {
	DSFIT_OPTIMIZER_ADAMW,
	DSFIT_OPTIMIZER_ADAM8BIT,
	DSFIT_OPTIMIZER_PAGED_ADAM8BIT,	/* its states are in unified memory, not the GPU's */
	DSFIT_OPTIMIZER_LION,
	DSFIT_OPTIMIZER_SGD,		/* without momentum: no state */
	DSFIT_OPTIMIZER_SGD_MOMENTUM,
	DSFIT_OPTIMIZER_ADAFACTOR,
	DSFIT_OPTIMIZER_MUON,
};
enum dsfit_checkpointing {
	DSFIT_CHECKPOINTING_NONE,
	DSFIT_CHECKPOINTING_SELECTIVE,
	DSFIT_CHECKPOINTING_FULL,
};
enum dsfit_attention { DSFIT_ATTENTION_FLASH, DSFIT_ATTENTION_EAGER };
enum dsfit_base_weights {
	DSFIT_BASE_FP32,
	DSFIT_BASE_BF16,
	DSFIT_BASE_INT8,
	DSFIT_BASE_NF4,
	DSFIT_BASE_NF4_DQ,
	DSFIT_BASE_GPTQ4,
};
enum dsfit_lora_targets {
	DSFIT_LORA_QV,
	DSFIT_LORA_ATTENTION,
	DSFIT_LORA_ALL_LINEAR,
	DSFIT_LORA_LISTED,		/* those of lora_modules */
};
/* Matrices of a model, by what they do; one matrix may do several things (a fused q, k and v). They
 * are bits of lora_modules and of modules_to_save. */
enum dsfit_module_part {
	DSFIT_PART_QUERY = 1,
	DSFIT_PART_KEY = 2,
	DSFIT_PART_VALUE = 4,
	DSFIT_PART_OUTPUT = 8,		/* of attention */
	DSFIT_PART_GATE = 16,
	DSFIT_PART_UP = 32,
	DSFIT_PART_DOWN = 64,
	DSFIT_PART_EXPERTS = 128,	/* routed experts that are 3-D parameters */
	DSFIT_PART_ROUTER = 256,
	DSFIT_PART_EMBEDDING = 512,
	DSFIT_PART_HEAD = 1024,
	DSFIT_PART_NORMS = 2048,
	DSFIT_PARTS_END = 4096,
};
#define DSFIT_PARTS_QKV (DSFIT_PART_QUERY | DSFIT_PART_KEY | DSFIT_PART_VALUE)
#define DSFIT_PARTS_ATTENTION (DSFIT_PARTS_QKV | DSFIT_PART_OUTPUT)
#define DSFIT_PARTS_NETWORK (DSFIT_PART_GATE | DSFIT_PART_UP | DSFIT_PART_DOWN)

/* A detail that many jobs leave open. */
enum dsfit_answer { DSFIT_UNDECLARED, DSFIT_YES, DSFIT_NO };
/* What the model ends in: as its files say, a language model's head, or a few outputs a sample. */
enum dsfit_task { DSFIT_TASK_AS_MODEL, DSFIT_TASK_LM, DSFIT_TASK_CLASSIFY };
/* What is optimised. Names of TRL and LLaMA-Factory. */
enum dsfit_objective {
	DSFIT_OBJECTIVE_SFT,
	DSFIT_OBJECTIVE_DPO,
	DSFIT_OBJECTIVE_KTO,
	DSFIT_OBJECTIVE_ORPO,
	DSFIT_OBJECTIVE_REWARD,
	DSFIT_OBJECTIVE_PPO,
	DSFIT_OBJECTIVE_GRPO,
};
/* FUSED: without logits. IN_PLACE: a cross entropy that writes their gradients over them. */
enum dsfit_loss { DSFIT_LOSS_PLAIN, DSFIT_LOSS_FUSED, DSFIT_LOSS_IN_PLACE };
/* Whether 4-bit quantisation takes routed experts too: in transformers 5 they are 3-D parameters,
 * which bitsandbytes leaves alone; in 4.x and in GPTQ's files they are matrices. */
enum dsfit_experts { DSFIT_EXPERTS_UNDECLARED, DSFIT_EXPERTS_QUANTISED, DSFIT_EXPERTS_WHOLE };
/* What is not trained. Parts of a model with vision are bits, of which two may be set; the others
 * stand alone. */
enum dsfit_frozen {
	DSFIT_FROZEN_NONE,
	DSFIT_FROZEN_VISION = 1,	/* the tower, without its projector */
	DSFIT_FROZEN_PROJECTOR = 2,	/* what connects the tower to the text; Qwen's merger */
	DSFIT_FROZEN_LANGUAGE = 4,	/* the rest */
	DSFIT_FROZEN_ALL_BUT_HEAD = 7,
	DSFIT_FROZEN_ALL_BUT_EMBED,	/* embedding and head are trained */
};
enum dsfit_engine { DSFIT_ENGINE_DEEPSPEED, DSFIT_ENGINE_FSDP, DSFIT_ENGINE_NONE };
/* The type in which gradients are accumulated over micro-steps: that of the weights, unless the
 * DeepSpeed file says otherwise. */
enum dsfit_accumulate {
	DSFIT_ACCUMULATE_AS_WEIGHTS,
	DSFIT_ACCUMULATE_BF16,
	DSFIT_ACCUMULATE_FP32,
	DSFIT_ACCUMULATE_FP16,
};

extern const char *const dsfit_offload_names[];
extern const char *const dsfit_method_names[];
extern const char *const dsfit_precision_names[];
extern const char *const dsfit_optimizer_names[];
extern const char *const dsfit_checkpointing_names[];
extern const char *const dsfit_attention_names[];
extern const char *const dsfit_base_weights_names[];
extern const char *const dsfit_lora_targets_names[];
extern const char *const dsfit_engine_names[];
extern const char *const dsfit_answer_names[];
extern const char *const dsfit_task_names[];
extern const char *const dsfit_objective_names[];
extern const char *const dsfit_loss_names[];
extern const char *const dsfit_experts_names[];
extern const char *const dsfit_frozen_names[];

/* The Trainer's default for per_device_eval_batch_size. */
#define DSFIT_EVAL_BATCH UINT64_C(8)

/* A release of a library: 4.48 is 4048, 5.23 is 5023; 0 if undeclared. */
#define DSFIT_RELEASE(major, minor) ((major) * UINT64_C(1000) + (minor))
#define DSFIT_RELEASE_MAX DSFIT_RELEASE(999, 999)
/* Take "4.48" or "4.48.3" apart, within `text`. *patch is what is behind the second dot, or NULL.
 * Returns 0, or -1 if it is no release. */
int dsfit_release_split(char *text, uint64_t *release, char **patch);

/* A release without its last number is the last of its series: 0.13 is not older than 0.13.5. */
#define DSFIT_PATCH_LAST UINT64_C(999)

/* The largest accepted values: degrees of parallelism and ranks of adapters, tokens per sample,
 * samples per batch or micro-batch. */
#define DSFIT_DEGREE_MAX UINT64_C(65536)
#define DSFIT_TOKENS_MAX UINT64_C(1000000000)
#define DSFIT_BATCH_MAX UINT64_C(1000000000)

/* DeepSpeed's default for allgather_bucket_size, in elements. */
#define DSFIT_ALLGATHER_BUCKET UINT64_C(500000000)

struct dsfit_training {
	unsigned zero;				/* ZeRO stage, 0 to 3 */
	bool zero_given;			/* else the hardware guide's for the model's size */
	enum dsfit_offload offload_optimizer;
	enum dsfit_offload offload_param;	/* stage 3 only */
	enum dsfit_offload offload_all;		/* all that the stage can offload; until settled */
	/* Where the devices come from. From a file: below stage 3 DeepSpeed ignores offload_param
	 * and treats nvme as cpu. From a site's default: reduced to what the stage can do. From an
	 * option: rejected if the stage cannot do it. */
	bool offload_in_file, offload_default;
	/* The offload as it was asked for, before it was reduced to what the stage can do. If the
	 * stage changes, it is settled again from this. */
	enum dsfit_offload asked_optimizer, asked_param;
	enum dsfit_method method;
	uint64_t lora_rank;
	enum dsfit_lora_targets lora_targets;
	uint64_t lora_modules;			/* bits of enum dsfit_module_part */
	double lora_dropout;			/* a probability; 0: none */
	bool dora;				/* use_dora: weights' norms, another product */
	uint64_t modules_to_save;		/* bits as in lora_modules: trained whole */
	enum dsfit_experts experts;
	enum dsfit_base_weights base_weights;
	bool base_weights_given;		/* else bf16 for LoRA, nf4 for QLoRA */
	enum dsfit_engine engine;
	uint64_t micro_batch;			/* samples that one GPU processes at once */
	uint64_t accumulation;			/* micro-steps per optimizer step */
	/* train_batch_size: samples per optimizer step over all data-parallel ranks; 0 if not
	 * given. If one of the two above is not given, it follows from this and the ranks. */
	uint64_t train_batch;
	bool micro_batch_given, accumulation_given;
	bool micro_batch_auto;			/* "auto" in the file: left to the Trainer */
	uint64_t sequence;			/* tokens per sample */
	/* The job says how many samples a GPU processes at once, and of how many tokens; else these
	 * are the site's defaults. */
	bool batch_declared, sequence_declared;
	enum dsfit_precision precision;
	bool precision_declared;		/* by the job, not by a site's default */
	enum dsfit_optimizer optimizer;
	bool optimizer_in_file;			/* a known type in the DeepSpeed file */
	bool autocast;				/* fp32 weights, 16-bit activations */
	enum dsfit_checkpointing checkpointing;
	enum dsfit_attention attention;
	enum dsfit_loss loss;			/* fused: no logits are held */
	enum dsfit_task task;			/* the head */
	enum dsfit_objective objective;
	enum dsfit_answer reference;		/* a frozen copy of the model beside it; undeclared:
						 * as the objective has it */
	uint64_t completion;			/* tokens whose log-probabilities count; 0: all */
	enum dsfit_frozen frozen;
	bool padding;				/* attention gets a padding mask */
	bool outputs_kept;			/* the script holds on to a step's outputs */
	uint64_t images;			/* pictures a sample, of a model with vision */
	uint64_t image_tokens;			/* of the text for one; 0: as the model has it */
	/* Samples per GPU of an evaluation, which counts where it is declared; 0: none. */
	uint64_t eval_batch;
	bool eval_batch_declared;
	enum dsfit_answer foreach;		/* torch.optim's foreach, with temporaries */
	enum dsfit_answer master;		/* without an engine: an fp32 copy of the weights */
	uint64_t workers;			/* of the data loader, per process */
	enum dsfit_answer save;			/* checkpoints; undeclared: yes */
	/* stage3_gather_16bit_weights_on_model_save; undeclared, as without a file: yes. */
	enum dsfit_answer gather_on_save;
	uint64_t save_total_limit;		/* checkpoints on disk; 0: undeclared */
	uint64_t transformers, torch, deepspeed; /* DSFIT_RELEASE() */
	uint64_t deepspeed_patch;		/* the 2 of 0.13.2, or DSFIT_PATCH_LAST */
	uint64_t tensor, pipeline, expert, sequence_parallel;	/* degrees; 1: none */
	uint64_t dataset;			/* bytes on shared storage */
	/* DeepSpeed's buffers, in elements. The defaults are DeepSpeed 0.19's. */
	uint64_t reduce_bucket;			/* reduce_bucket_size */
	uint64_t allgather_bucket;		/* allgather_bucket_size */
	uint64_t prefetch_bucket;		/* stage3_prefetch_bucket_size */
	uint64_t max_live;			/* stage3_max_live_parameters */
	uint64_t max_reuse;			/* stage3_max_reuse_distance */
	uint64_t persistence;			/* stage3_param_persistence_threshold */
	uint64_t model_persistence;		/* stage3_model_persistence_threshold: the
						 * limit for all whole parameters together */
	uint64_t sub_group;			/* sub_group_size */
	/* "auto" in the file; see dsfit_training_fill_auto(). */
	bool reduce_bucket_auto, prefetch_bucket_auto, persistence_auto;
	bool overlap_comm;			/* as given; by default only on for stage 3 */
	bool overlap_comm_given;
	bool reduce_scatter;			/* else all-reduce, which Muon needs at stage 3 */
	bool contiguous_gradients;		/* stages 2 and 3: gradients go to a buffer */
	/* ZeRO++ and MiCS; they have no effect below stage 3. */
	uint64_t hpz;				/* zero_hpz_partition_size; 1: none */
	bool quantized_weights;			/* zero_quantized_weights: int8 gathers */
	bool quantized_gradients;		/* zero_quantized_gradients */
	bool quantized_frozen;			/* zero_quantized_nontrainable_weights: frozen
						 * weights are kept in int8 */
	uint64_t mics_shard;			/* mics_shard_size: ranks per shard; 0: no MiCS */
	double offload_ratio;			/* offload_optimizer.ratio: share on the CPU */
	bool pin_optimizer, pin_param;		/* pin_memory of each offload */
	bool pin_optimizer_given, pin_param_given; /* else it is the release's */
	uint64_t optimizer_buffers;		/* offload_optimizer.buffer_count */
	uint64_t param_buffers;			/* offload_param.buffer_count */
	uint64_t param_buffer_size;		/* offload_param.buffer_size, elements */
	uint64_t param_in_cpu;			/* offload_param.max_in_cpu, elements, with nvme */
	enum dsfit_accumulate accumulate;	/* data_types.grad_accum_dtype */
	enum dsfit_accumulate communicate;	/* communication_data_type */
	bool bf16_states;			/* 16-bit optimizer states: bf16_optimizer_states */
	bool no_master;				/* *_master_weights_and_grads: no fp32 copy */
	bool partition_activations;		/* activation_checkpointing of Megatron's models */
	bool cpu_checkpointing;			/* the same: checkpoints in host memory */
	bool zero_init;				/* the model is created under zero.Init (stage 3) */
	bool zero_init_declared;		/* else it is the usual */
	double buffer_factor;			/* of DeepSpeed's estimator, 1.5 */
};

/* Set all defaults: those of DeepSpeed and Hugging Face, method full, sequence 2048. */
void dsfit_training_defaults(struct dsfit_training *training);

/*
 * Decide the settings that depend on the model's size and on each other: stage, offload and base
 * weights. Returns 0, or -1 with the contradiction in err if DeepSpeed cannot do this on any number
 * of ranks.
 */
int dsfit_training_settle(struct dsfit_training *training, uint64_t parameters,
			  struct dsfit_error *err);

/* The type of weights under DeepSpeed; DSFIT_ACCUMULATE_AS_WEIGHTS if no section of a file has
 * that precision. */
enum dsfit_accumulate dsfit_training_weights(enum dsfit_precision precision);

/* Whether the weights of the layers are frozen: adapters are trained, or only the ends. */
bool dsfit_training_freezes_layers(const struct dsfit_training *training);

/* Whether a part of a model with vision is frozen: one of DSFIT_FROZEN_VISION, _PROJECTOR and
 * _LANGUAGE. With adapters: whether it gets none. */
bool dsfit_training_freezes(const struct dsfit_training *training, enum dsfit_frozen part);

/* Sequences of a micro-batch: objectives that compare answers train on two for each sample. */
uint64_t dsfit_training_sequences(const struct dsfit_training *training);

/* Whether a frozen copy of the model is held beside the trained one: as declared, or as TRL does.
 * With adapters, the model without them serves. */
bool dsfit_training_has_reference(const struct dsfit_training *training);

/* Whether the loss is made of the log-probabilities of the tokens that are there (TRL's
 * selective_log_softmax()), and not of a cross entropy over the vocabulary. */
bool dsfit_training_has_logprobs(const struct dsfit_training *training);

/*
 * Fill in the "auto" values that Hugging Face derives from the model's width (transformers'
 * integrations/deepspeed.py): reduce_bucket_size = hidden², stage3_prefetch_bucket_size = 0.9
 * hidden², stage3_param_persistence_threshold = 10 hidden, in elements. Does nothing if hidden is
 * 0.
 */
void dsfit_training_fill_auto(struct dsfit_training *training, uint64_t hidden);

/*
 * Derive those of train_batch, micro_batch and accumulation that were not given, for a number of
 * data-parallel ranks from 1, as DeepSpeed's _set_batch_related_parameters does. *out is *training
 * with all three; it may be training itself. Returns 0, or -1 with the arithmetic in err if
 * train_batch is not micro-batch x accumulation x ranks.
 */
int dsfit_training_on_ranks(const struct dsfit_training *training, uint64_t ranks,
			    struct dsfit_training *out, struct dsfit_error *err);

/*
 * Check the limits of DeepSpeed that depend on the number of ranks. The groups of hpZ must divide
 * `ranks`, which are all GPUs (utils/groups.py). The shards of MiCS must divide `data_parallel`,
 * the ranks that share the states of one copy. If a file offloads parameters to NVMe, a partition
 * of the largest parameter, which has `largest_parameter` elements, must not exceed buffer_size
 * (swap_tensor/partitioned_param_swapper.py). Returns 0, or -1 with the arithmetic in err.
 */
int dsfit_training_check_ranks(const struct dsfit_training *training, uint64_t ranks,
			       uint64_t data_parallel, uint64_t largest_parameter,
			       struct dsfit_error *err);

#endif
