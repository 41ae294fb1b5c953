#!/usr/bin/env bats
# A declaration by the file that the training starts with: a trainer's YAML, and what it names.

load helpers

# files DIR: DIR/ds.json, ZeRO-3.
files() {
	mkdir -p "$1"
	echo '{"bf16": {"enabled": true}, "zero_optimization": {"stage": 3}}' >"$1/ds.json"
}

# passed JOB: what was passed on, as the batch script of the job saw it.
passed() {
	grep '^SLURM_SPANK__SLURM_SPANK_OPTION_dsfit_' "slurm-$1.out"
}

show_passed() {
	printf '%s\n' '#!/bin/sh' 'env | grep SPANK' >show.sh
}

# train DIR: DIR/train.yaml, which names the model and DIR/ds.json.
train() {
	files "$1"
	cat >"$1/train.yaml" <<-END
		### model
		model_name_or_path: meta-llama/Llama-2-13b-hf
		stage: sft
		do_train: true
		finetuning_type: full
		deepspeed: $1/ds.json
		cutoff_len: 1024
		per_device_train_batch_size: 2
		bf16: true
	END
}

@test "a trainer's YAML alone: sized, and passed on as one line" {
	train here
	show_passed
	run_sbatch --hold --ds-config=here/train.yaml -N1 --gpus-per-node=a100:4 show.sh
	submitted
	corrected
	matches "$(said)" 'llama-2-13b, ZeRO-3, batch 2 x 1024'
	run_sbatch --ds-config="$PWD/here/train.yaml" -N1 --gpus-per-node=h200:8 show.sh
	submitted
	completes "$job"
	run passed "$job"
	is "$status" 0
	is "$(wc -l <<<"$output")" 1
	matches "$output" '_ds_model=dsfit1,name=llama-2-13b,.*,zero=3,.*micro-batch=2,'
	matches "$output" ',sequence=1024,'
	lacks "$output" /
	lacks "$output" yaml
}

@test "axolotl's YAML and accelerate's together" {
	mkdir here
	printf '%s\n' 'base_model: NousResearch/Llama-2-7b-hf' 'adapter: lora' 'lora_r: 16' \
		'micro_batch_size: 4' 'sequence_len: 2048' >here/axolotl.yml
	printf '%s\n' 'distributed_type: DEEPSPEED' 'deepspeed_config:' '  zero_stage: 2' \
		>here/accelerate.yaml
	run_sbatch_hold --ds-config=here/accelerate.yaml,here/axolotl.yml -N1 \
		--gpus-per-node=h200:8 --wrap true
	submitted
	matches "$(said)" 'llama-2-7b, .*ZeRO-2, .*batch 4 x 2048'
}

@test "what is wrong with a trainer's file: the file, the line, the key" {
	mkdir here
	printf '%s\n' 'base_model: NousResearch/Llama-2-7b-hf' 'micro_batch_size: none' \
		>here/axolotl.yml
	run_sbatch -p strict --ds-config=here/axolotl.yml -N1 --gpus-per-node=h200:8 --wrap true
	refused
	matches "$(said)" '--ds-config=here/axolotl.yml: line 2: "micro_batch_size": none: must be'
}

@test "a training that is not understood passes, and slurmctld knows" {
	train here
	echo 'use_galore: true' >>here/train.yaml
	run_sbatch_hold -p strict --ds-config=here/train.yaml -N1 --gpus-per-node=h200:8 --wrap true
	submitted
	matches "$(said)" 'not sized: .*dsfit cannot size a training with use_galore: true'
}
