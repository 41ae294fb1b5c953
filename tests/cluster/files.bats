#!/usr/bin/env bats
# A declaration by the user's own files: Hugging Face's config.json and DeepSpeed's JSON, read on
# the submit host, relative to where the command runs.

load helpers

# files DIR: DIR/config.json, of llama-2-13b, and DIR/ds.json, ZeRO-3 with a micro-batch of 2.
files() {
	mkdir -p "$1"
	cat >"$1/config.json" <<-'END'
		{"model_type": "llama", "hidden_size": 5120, "intermediate_size": 13824,
		 "num_hidden_layers": 40, "num_attention_heads": 40, "vocab_size": 32000}
	END
	cat >"$1/ds.json" <<-'END'
		{"bf16": {"enabled": true}, "train_micro_batch_size_per_gpu": 2,
		 "zero_optimization": {"stage": 3}}
	END
}

# passed JOB: what was passed on, as the batch script of the job saw it.
passed() {
	grep '^SLURM_SPANK__SLURM_SPANK_OPTION_dsfit_' "slurm-$1.out"
}

show_passed() {
	printf '%s\n' '#!/bin/sh' 'env | grep SPANK' >show.sh
}

@test "a config.json and a DeepSpeed file, by relative paths" {
	files here/model
	show_passed
	cd here
	run_sbatch --hold --ds-model=model/config.json --ds-config=model/ds.json -N1 \
		--gpus-per-node=a100:4 ../show.sh
	submitted
	corrected
	matches "$(said)" 'model, ZeRO-3, batch 2 x 2048'
	(($(held_nodes "$job") > 1))
	# Its folder, and a folder beside one's script.
	run_sbatch --hold --ds-model=./model --ds-zero=3 -N1 --gpus-per-node=a100:4 ../show.sh
	matches "$(said)" 'model, ZeRO-3, batch 1 x'
	run_sbatch --hold --ds-model=model --ds-zero=3 -N1 --gpus-per-node=a100:4 ../show.sh
	matches "$(said)" 'model, ZeRO-3, batch 1 x'
}

@test "what is passed on has the numbers and never the path" {
	files secret-place
	show_passed
	run_sbatch --ds-model=secret-place/config.json --ds-config="$PWD/secret-place/ds.json" \
		--ds-batch=3 -N1 --gpus-per-node=h200:8 show.sh
	submitted
	completes "$job"
	run passed "$job"
	is "$status" 0
	is "$(wc -l <<<"$output")" 1
	matches "$output" '_ds_model=dsfit1,name=secret-place,.*parameters=13015864320,'
	matches "$output" ',zero=3,.*micro-batch=3,'
	lacks "$output" /
	lacks "$output" .json
}

@test "nested sbatch: the numbers, though the files are gone" {
	files model
	printf '%s\n' '#!/bin/sh' 'cd /' 'sbatch --hold -N1 --gpus-per-node=a100:4 --wrap true' \
		'sbatch --hold --ds-batch=1 -N1 --gpus-per-node=a100:4 --wrap true' >job.sh
	run_sbatch --hold -o out --ds-model=model --ds-config=model/ds.json --gpus=h100:8 job.sh
	submitted
	rm -r model
	on scontrol release "$job"
	completes "$job"
	cat out
	matches "$(cat out)" 'corrected: .*'
	matches "$(cat out)" 'model, ZeRO-3, batch 2 x 2048'
	matches "$(cat out)" 'model, ZeRO-3, batch 1 x 2048'
}

@test "the same declaration by options, by JSON and by config.json: the same request" {
	local by=() requests=()
	files model
	for by in '--ds-model=llama-2-13b --ds-zero=3 --ds-batch=2' \
		'--ds-model=llama-2-13b --ds-config=model/ds.json' \
		'--ds-model=model/config.json --ds-config=model/ds.json'; do
		run_sbatch_hold $by -N1 --gpus-per-node=a100:4
		corrected
		requests+=("$new")
	done
	is "${requests[1]}" "${requests[0]}"
	is "${requests[2]}" "${requests[0]}"
}

@test "batch sizes that do not agree on the GPUs: the arithmetic, and the GPUs they agree on" {
	printf '{"train_batch_size": 64, "train_micro_batch_size_per_gpu": 4,
		"gradient_accumulation_steps": 2, "zero_optimization": {"stage": 3},
		"bf16": {"enabled": true}}' >ds.json
	run_sbatch_hold --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=a100_80g:4
	submitted
	corrected
	is "$new" '-N 2 --gpus-per-node=a100_80g:4'
	is "$(held_nodes "$job")" 2
	matches "$(said)" 'train_batch_size is 64, but micro-batch 4 x accumulation 2 x 4 ranks = 32'
	run_sbatch_hold --ds-model=7B --ds-config=ds.json -N2 --gpus-per-node=a100_80g:4
	as_asked -N2 --gpus-per-node=a100_80g:4
	run_sbatch_hold -p strict --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=a100_80g:4
	((status != 0))
	matches "$(said)" '= 32'
}

# warned ABOUT: dsfit warned once, of this key.
warned() {
	is "$(said | grep -c '^warning: ')" 1
	matches "$(said)" "^warning: --ds-config=ds.json: \"$1\": DeepSpeed"
}

@test "keys at which DeepSpeed stops: one line wherever the job is submitted, and the job goes" {
	local note='zero_optimization\._overlap_comm_note'
	printf '{"bf16": {"enabled": true}, "_note": "no matter",
		"zero_optimization": {"stage": 3, "_overlap_comm_note": "not the usual true"}}' >ds.json
	run_sbatch_hold --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=h200:8
	submitted
	warned "$note"
	matches "$(said)" 'DeepSpeed [0-9.]* does not know this key and stops'
	# slurmctld has the numbers and does not read the file: it has nothing to repeat.
	lacks "$(comment "$job")" overlap_comm
	lacks "$(log | tail -n 40)" overlap_comm_note
	run_sbatch_hold -p strict --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=h200:8
	submitted
	warned "$note"
	run_sbatch_hold --ds-fit=off --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=h200:8
	submitted
	warned "$note"
	run_salloc --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=h200:8 true
	is "$status" 0
	warned "$note"
	run_srun --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=h200:8 true
	is "$status" 0
	warned "$note"
	# What is corrected, and what cannot be sized, is warned of as well.
	run_sbatch_hold --ds-model=13B --ds-config=ds.json -N1 --gpus-per-node=a100:4
	submitted
	corrected
	warned "$note"
	mkdir other
	printf '{"model_type": "nobody-knows-it", "d": 1}' >other/config.json
	run_sbatch_hold --ds-model=other --ds-config=ds.json -N1 --gpus-per-node=a100:4
	submitted
	matches "$(said)" 'not sized: '
	warned "$note"
	# Of another release, and misspelt.
	printf '{"zero_optimization": {"stage": 3, "mics_shard_size": -1}}' >ds.json
	run_sbatch_hold --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=h200:8
	submitted
	warned 'zero_optimization\.mics_shard_size'
	matches "$(said)" 'stops at this key, which earlier releases accept'
	printf '{"zero_optimization": {"stage": 3, "overlap_com": true}}' >ds.json
	run_sbatch_hold --ds-model=7B --ds-config=ds.json -N1 --gpus-per-node=h200:8
	((status != 0))
	matches "$(said)" 'did you mean overlap_comm\?'
}

@test "a file that cannot be read: one line, no job" {
	local file
	files model
	mkfifo pipe.json
	mkdir folder.json
	printf '{"zero_optimization": {"stage": 9}}' >wrong.json
	for file in pipe.json folder.json /dev/zero missing.json wrong.json; do
		run_sbatch_hold --ds-model=7B --ds-config="$file" --gpus=1
		refused
		matches "$(said)" "^--ds-config=$file"
		is "$(said | wc -l)" 1
		[[ $file == wrong.json ]] || {
			run_sbatch_hold --ds-model="./$file" --gpus=1
			refused
			is "$(said | wc -l)" 1
		}
	done
}

@test "a broken dsfit.conf: let pass, and no path is passed on" {
	files model
	show_passed
	edited_conf 's/^mode = correct/colour = blue/'
	with_conf "$PWD/dsfit.conf"
	run_sbatch --ds-model=model/config.json --ds-config=model/ds.json --gpus=h100:8 show.sh
	submitted
	matches "$(said)" 'not sized: '
	completes "$job"
	lacks "$(cat "slurm-$job.out")" .json
}

@test "a model by name, by file and by folder" {
	cp "$root/tests/data/configs/qwen3-0.6b.json" config.json
	mkdir net
	cp config.json net
	local model
	for model in qwen3-0.6b config.json "$PWD/config.json" . net net/; do
		run_sbatch_hold --ds-model="$model"
		submitted
		corrected
		matches "$(held_tres "$job" TresPerNode)" '^gpu:'
	done
}

@test "a DeepSpeed file, and options over it" {
	echo '{"zero_optimization": {"stage": 2}, "train_micro_batch_size_per_gpu": 4}' >ds.json
	run_sbatch_hold --ds-model=350M --ds-config=ds.json --gpus=a100:1
	submitted
	matches "$(said)" '350M, ZeRO-2, batch 4 x '
	run_sbatch_hold --ds-model=350M --ds-config=ds.json --ds-zero=1 --gpus=a100:1
	matches "$(said)" '350M, ZeRO-1, batch 4 x '
}
