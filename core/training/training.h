/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TRAINING_H
#define DSFIT_TRAINING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

/*
 * How a model is trained: what the options and DeepSpeed's JSON file say, as numbers. The
 * names of every enum's values, in its order and ended by NULL, are in the array beside it;
 * they are what users type and what JSON shows.
 */
enum dsfit_offload { DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_NVME };
enum dsfit_method { DSFIT_METHOD_FULL, DSFIT_METHOD_LORA, DSFIT_METHOD_QLORA };
enum dsfit_precision {
	DSFIT_PRECISION_BF16,		/* mixed: 16-bit weights and gradients, fp32 master */
	DSFIT_PRECISION_FP16,		/* mixed, likewise */
	DSFIT_PRECISION_BF16_TRUE,	/* everything in bf16, no master copy */
	DSFIT_PRECISION_FP32,
};
enum dsfit_optimizer {
	DSFIT_OPTIMIZER_ADAMW,
	DSFIT_OPTIMIZER_ADAM8BIT,
	DSFIT_OPTIMIZER_LION,
	DSFIT_OPTIMIZER_SGD,
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
enum dsfit_lora_targets { DSFIT_LORA_QV, DSFIT_LORA_ATTENTION, DSFIT_LORA_ALL_LINEAR };
enum dsfit_engine { DSFIT_ENGINE_DEEPSPEED, DSFIT_ENGINE_FSDP, DSFIT_ENGINE_NONE };
/* What gradients are summed up in over micro-steps: the weights' type, unless the file says. */
enum dsfit_accumulate {
	DSFIT_ACCUMULATE_AS_WEIGHTS,
	DSFIT_ACCUMULATE_16_BIT,
	DSFIT_ACCUMULATE_FP32,
};
enum dsfit_goal { DSFIT_GOAL_DEVELOPMENT, DSFIT_GOAL_EXPERIMENT, DSFIT_GOAL_PRODUCTION };

extern const char *const dsfit_offload_names[];
extern const char *const dsfit_method_names[];
extern const char *const dsfit_precision_names[];
extern const char *const dsfit_optimizer_names[];
extern const char *const dsfit_checkpointing_names[];
extern const char *const dsfit_attention_names[];
extern const char *const dsfit_base_weights_names[];
extern const char *const dsfit_lora_targets_names[];
extern const char *const dsfit_engine_names[];
extern const char *const dsfit_goal_names[];

/* No training is beyond these: degrees and ranks of adapters, tokens of a sample, samples of a
 * batch, in micro-batches or in all. */
#define DSFIT_DEGREE_MAX UINT64_C(65536)
#define DSFIT_TOKENS_MAX UINT64_C(1000000000)
#define DSFIT_BATCH_MAX UINT64_C(1000000000)

/* DeepSpeed's default of allgather_bucket_size, in elements. */
#define DSFIT_ALLGATHER_BUCKET UINT64_C(500000000)

struct dsfit_training {
	unsigned zero;				/* ZeRO stage, 0 to 3 */
	bool zero_given;			/* else it is the guide's for the model's size */
	enum dsfit_offload offload_optimizer;
	enum dsfit_offload offload_param;	/* stage 3 only */
	enum dsfit_offload offload_all;		/* all that the stage can offload, until settled */
	/* The devices are the DeepSpeed file's: below stage 3 DeepSpeed passes offload_param over,
	 * and nvme is cpu to it. A site's default is what the stage can do of it. Said by hand,
	 * they are refused there. */
	bool offload_in_file, offload_default;
	/* What was asked for where the stage may not do all of it: another stage, once settled,
	 * does more or less of the same. */
	enum dsfit_offload asked_optimizer, asked_param;
	enum dsfit_method method;
	uint64_t lora_rank;
	enum dsfit_lora_targets lora_targets;
	enum dsfit_base_weights base_weights;
	bool base_weights_given;		/* else bf16 for LoRA, nf4 for QLoRA */
	enum dsfit_engine engine;
	uint64_t micro_batch;			/* samples a GPU takes at once */
	uint64_t accumulation;			/* micro-steps in an optimizer step */
	/* Samples in an optimizer step, over all data-parallel ranks: train_batch_size; 0 where not
	 * said. Those of the two above that were not said follow from it and the ranks. */
	uint64_t train_batch;
	bool micro_batch_given, accumulation_given;
	bool micro_batch_auto;			/* in the file "auto": the trainer's */
	uint64_t sequence;			/* tokens a sample */
	enum dsfit_precision precision;
	enum dsfit_optimizer optimizer;
	bool optimizer_in_file;			/* a type of the DeepSpeed file's that is known */
	bool autocast;				/* fp32 weights, 16-bit activations */
	enum dsfit_checkpointing checkpointing;
	enum dsfit_attention attention;
	bool fused_loss;			/* no logits are held: advice's, no option's */
	uint64_t tensor, pipeline, expert, sequence_parallel;	/* degrees, 1 without */
	uint64_t dataset;			/* bytes on shared storage */
	/* DeepSpeed's buffers, in elements; DeepSpeed 0.19's defaults. */
	uint64_t reduce_bucket;			/* reduce_bucket_size */
	uint64_t allgather_bucket;		/* allgather_bucket_size */
	uint64_t prefetch_bucket;		/* stage3_prefetch_bucket_size */
	uint64_t max_live;			/* stage3_max_live_parameters */
	uint64_t max_reuse;			/* stage3_max_reuse_distance */
	uint64_t persistence;			/* stage3_param_persistence_threshold */
	uint64_t model_persistence;		/* stage3_model_persistence_threshold: the most
						 * that stays whole in all */
	uint64_t sub_group;			/* sub_group_size */
	/* "auto" in the file: dsfit_training_fill_auto(). */
	bool reduce_bucket_auto, prefetch_bucket_auto, persistence_auto;
	bool overlap_comm;			/* as given; by default on for stage 3 alone */
	bool overlap_comm_given;
	bool reduce_scatter;			/* else all-reduce, which Muon wants of stage 3 */
	bool contiguous_gradients;		/* stages 2 and 3: gradients copied to a buffer */
	/* ZeRO++ and MiCS; below stage 3 they mean nothing. */
	uint64_t hpz;				/* zero_hpz_partition_size, 1 without */
	bool quantized_weights;			/* zero_quantized_weights: int8 gathers */
	bool quantized_gradients;		/* zero_quantized_gradients */
	bool quantized_frozen;			/* zero_quantized_nontrainable_weights: frozen
						 * weights are kept in int8 */
	uint64_t mics_shard;			/* mics_shard_size: ranks a shard; 0 without MiCS */
	double offload_ratio;			/* offload_optimizer.ratio: share on the CPU */
	bool pin_optimizer, pin_param;		/* pin_memory of either offload */
	uint64_t optimizer_buffers;		/* offload_optimizer.buffer_count */
	uint64_t param_buffers;			/* offload_param.buffer_count */
	uint64_t param_buffer_size;		/* offload_param.buffer_size, elements */
	uint64_t param_in_cpu;			/* offload_param.max_in_cpu, elements, with nvme */
	enum dsfit_accumulate accumulate;	/* data_types.grad_accum_dtype */
	enum dsfit_accumulate communicate;	/* communication_data_type, likewise */
	bool bf16_states;			/* 16-bit optimizer states: bf16_optimizer_states */
	bool no_master;				/* *_master_weights_and_grads: none in fp32 */
	bool partition_activations;		/* activation_checkpointing, Megatron's models */
	bool cpu_checkpointing;			/* likewise: kept in host memory */
	bool zero_init;				/* the model is made under zero.Init (stage 3) */
	double buffer_factor;			/* of DeepSpeed's estimator, 1.5 */
};

/* Everything at DeepSpeed's and Hugging Face's defaults; method full, sequence 2048. */
void dsfit_training_defaults(struct dsfit_training *training);

/*
 * Settle what depends on the model's size and on each other (stage, offload, base weights) and
 * refuse what DeepSpeed itself cannot do, on however many ranks. 0, or -1 and what contradicts
 * what.
 */
int dsfit_training_settle(struct dsfit_training *training, uint64_t parameters,
			  struct dsfit_error *err);

/*
 * What Hugging Face makes of "auto" once the model's width is known (transformers'
 * integrations/deepspeed.py): reduce_bucket_size hidden², stage3_prefetch_bucket_size 0.9
 * hidden², stage3_param_persistence_threshold 10 hidden, in elements. Nothing for hidden 0.
 */
void dsfit_training_fill_auto(struct dsfit_training *training, uint64_t hidden);

/*
 * The batch on so many data-parallel ranks (from 1), as DeepSpeed's
 * _set_batch_related_parameters: of train_batch, micro_batch and accumulation those that were
 * not given follow from the others. *out is *training with all three; it may be training
 * itself. -1 where train_batch is not micro-batch x accumulation x ranks, with the arithmetic.
 */
int dsfit_training_on_ranks(const struct dsfit_training *training, uint64_t ranks,
			    struct dsfit_training *out, struct dsfit_error *err);

/*
 * DeepSpeed's stops that depend on the ranks: hpZ's groups that do not divide all ranks
 * (utils/groups.py), MiCS's shards that do not divide the data-parallel ones, and under parameters
 * offloaded to NVMe a partition of the largest single parameter, of so many elements, that is
 * larger than buffer_size (swap_tensor/partitioned_param_swapper.py), where the file has said so:
 * an option's offload is not held against a buffer_size that nobody has shown. ranks are all GPUs,
 * data_parallel those that share a copy's states. 0, or -1 and the arithmetic.
 */
int dsfit_training_check_ranks(const struct dsfit_training *training, uint64_t ranks,
			       uint64_t data_parallel, uint64_t largest_parameter,
			       struct dsfit_error *err);

#endif
