#!/usr/bin/env bats
# Values that are wrong: one line with the option, the value and what is accepted; no job.

load helpers

# rejects OPTION=VALUE ACCEPTED [ARG]...
rejects() {
	local option=$1 accepted=$2
	shift 2
	run_sbatch_hold "$@" "$option" -N1 --gpus-per-node=h100:8
	refused
	is "$(said | wc -l)" 1
	matches "$(said)" "^$option: $accepted"
}

@test "--ds-model=13X" {
	rejects --ds-model=13X 'must be a size \(350M, 13B, 8x7B\), a name .*, a path .* or none$'
}
@test "--ds-model=99999999B" { rejects --ds-model=99999999B 'must be a size .*up to 1000T$'; }
@test "--ds-model, nothing" { rejects --ds-model= 'must be '; }
@test "--ds-model, negative" { rejects --ds-model=-13B 'must be '; }
@test "--ds-zero=7" { rejects --ds-zero=7 'must be a ZeRO stage: 0, 1, 2 or 3' --ds-model=7B; }
@test "--ds-batch=-1" {
	rejects --ds-batch=-1 'must be a whole number from 1 to ' --ds-model=7B
}
@test "--ds-batch, beyond every number" {
	rejects --ds-batch=99999999999999999999999 'must be a whole number' --ds-model=7B
}

@test "every option says what it accepts" {
	local pair
	for pair in offload=gpu:cpu method=lora:x:lora batch=0:'whole number' seq=x:'whole number' \
		precision=fp64:bf16 optimizer=adagrad:adamw checkpointing=some:selective \
		attention=fast:flash parallel=tensor:pipeline dataset=x:size goal=win:production \
		fit=maybe:reject explain=loud:full; do
		rejects "--ds-${pair%:*}" "must be .*${pair##*:}" --ds-model=7B
	done
}

@test "a near miss is named" {
	rejects --ds-model=llama-2-13 'did you mean llama-2-13b\? must be a size'
	rejects --ds-precision=fp61 'did you mean fp16\? must be one of bf16, ' --ds-model=7B
}

@test "in #SBATCH lines" {
	printf '%s\n' '#!/bin/sh' '#SBATCH --ds-model=13X' true >job.sh
	run_sbatch --hold job.sh
	refused
	matches "$(said)" '^--ds-model=13X: must be '
}

@test "salloc and srun" {
	run_salloc --ds-model=13X -N1 true
	refused
	matches "$(said)" '^--ds-model=13X: must be '
	run_srun --ds-model=13X -N1 true
	refused
	matches "$(said)" '^--ds-model=13X: must be '
}

@test "an unreadable model" {
	rejects "--ds-model=$PWD/missing/config.json" 'No such file'
	mkdir folder
	rejects --ds-model=./folder '.*folder/config.json: No such file'
	mkdir dir.json
	rejects "--ds-model=$PWD/dir.json" '.*config.json: No such file'
	# Root may read everything.
	if ((EUID)); then
		echo '{}' >config.json
		chmod 000 config.json
		rejects "--ds-model=$PWD/config.json" '.*: Permission denied'
	fi
}

@test "an unreadable DeepSpeed file" {
	rejects --ds-config=missing 'No such file' --ds-model=7B
	rejects "--ds-config=$PWD" '.*not a regular file|.*Is a directory' --ds-model=7B
	rejects --ds-config=/dev/zero '.*not a regular file' --ds-model=7B
}

@test "files with something else in them" {
	echo 'not json' >odd.json
	rejects --ds-config=odd.json 'not a JSON object' --ds-model=7B
	rejects "--ds-model=$PWD/odd.json" '.*not (a )?JSON'
	echo '[1, 2]' >odd.json
	rejects --ds-config=odd.json '' --ds-model=7B
	echo '{"zero_optimization": {"stage": 9}}' >odd.json
	rejects --ds-config=odd.json '.*stage' --ds-model=7B
	echo '{"hello": 1}' >odd.json
	rejects "--ds-model=$PWD/odd.json" ''
	: >odd.json
	rejects --ds-config=odd.json '' --ds-model=7B
}

@test "what a user types is never a format or a terminal's command" {
	rejects --ds-model=a%s%n%p 'must be '
	run_sbatch_hold $'--ds-model=\e[31mred\nlines' -N1
	refused
	is "$(said | wc -l)" 1
	lacks "$stderr" $'\e'
}

@test "options without a model" {
	run_sbatch_hold --ds-zero=3 -N1 --gpus-per-node=h100:8
	refused
	matches "$(said)" '^no model: add --ds-model with a size'
}

@test "parts of a GPU are not sized" {
	# slurmctld does not have this gres; the plugin has spoken before.
	run_sbatch_hold "${too_big[@]}" --gres=shard:1
	matches "$(said)" 'not sized: --.* requests shard or mps, which are parts of a GPU'
}
