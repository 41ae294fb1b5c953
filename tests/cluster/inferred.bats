#!/usr/bin/env bats
# Jobs that declare nothing, and whose script says what they train. Jobs of tests/data/scripts, on one
# GPU: five that cannot fit there and five that may.

load helpers

misfits=(001 010 036 068 081)
fitting=(020 025 051 055 073)
one=(--hold -N1 --gpus-per-node=a100:1 --mem=100G)

setup_file() {
	cluster_to_edit
}

# inferred POLICY [SED-SCRIPT]: slurmctld and the submit host do that about such jobs.
inferred() {
	[[ ${in_force-} == "$*" ]] || demo_in_force "s/^inferred = .*/inferred = $1/;${2-}"
}

# take ID: the job's script, without what it asks for, and its files, as ./job.sh.
take() {
	local data=$root/tests/data/scripts
	[[ ! -d $data/$1.files ]] || cp -r "$data/$1.files/." .
	grep -v '^#SBATCH' "$data/$1.sh" >job.sh
}

# Trains 13B on four GPUs of 40 GB, which is too big, with a file that only the submit host reads.
train_13b() {
	cat >train.sh <<-'END'
		#!/bin/bash
		#SBATCH --hold -N1 --gpus-per-node=a100:4
		deepspeed run_clm.py --deepspeed ds.json --per_device_train_batch_size 4 \
			--model_name_or_path meta-llama/Llama-2-13b-hf --bf16 --block_size 4096
	END
	echo '{"zero_optimization": {"stage": 3}, "bf16": {"enabled": true}}' >ds.json
}

read_13b='^train.sh: meta-llama/Llama-2-13b-hf \(line 4\), ZeRO-3 \(ds.json\), batch 4 x 4096 \(lines 3, 4\); checkpointing not seen, taken as on'

@test "ten jobs of the set, off: nothing is said, nothing is changed" {
	local id
	inferred off
	for id in "${misfits[@]}" "${fitting[@]}"; do
		take "$id"
		run_sbatch "${one[@]}" job.sh
		submitted
		is "$stderr" ''
		is "$(comment "$job")" ''
	done
}

@test "ten jobs of the set, advise: told, and as they were asked for" {
	local id
	inferred advise
	for id in "${misfits[@]}"; do
		take "$id"
		run_sbatch "${one[@]}" job.sh
		submitted
		matches "$(said)" $'^job.sh: [^\n]*line'
		matches "$(said)" 'does not fit: '
		matches "$(comment "$job")" '^dsfit: inferred from the script: .*: does not fit'
		is "$(held_nodes "$job")" 1
	done
	for id in "${fitting[@]}"; do
		take "$id"
		run_sbatch "${one[@]}" job.sh
		submitted
		matches "$(said)" $'^job.sh: [^\n]*line'
		matches "$(said)" $'\n(fits|tight): '
		matches "$(comment "$job")" '^dsfit: inferred from the script: .*: (fits|tight)'
	done
}

@test "ten jobs of the set, correct: corrected, or refused where nothing fits" {
	local id
	inferred correct
	for id in "${misfits[@]}"; do
		take "$id"
		run_sbatch "${one[@]}" job.sh
		matches "$(said)" $'^job.sh: [^\n]*line'
		if ((status)); then
			matches "$(said)" $'\nrefused: '
			continue
		fi
		submitted
		matches "$(said)" $'\ncorrected: '
		matches "$(comment "$job")" '^dsfit: inferred from the script: .*: fits'
	done
	for id in "${fitting[@]}"; do
		take "$id"
		run_sbatch "${one[@]}" job.sh
		submitted
		matches "$(said)" $'\n(fits|tight): '
	done
}

@test "ten jobs of the set, reject: refused" {
	local id
	inferred reject
	for id in "${misfits[@]}"; do
		take "$id"
		run_sbatch "${one[@]}" job.sh
		matches "$(said)" $'^job.sh: [^\n]*line'
		matches "$(said)" $'\nrefused: '
		refused
		on scancel $(own_jobs) 2>/dev/null || :
	done
	for id in "${fitting[@]}"; do
		take "$id"
		run_sbatch "${one[@]}" job.sh
		submitted
		on scancel "$job"
	done
}

@test "those that train nothing are not mentioned, whatever the policy" {
	local script
	inferred reject
	for script in "$root"/tests/data/scripts/{2??,s4?,s5?}.sh; do
		[[ -e $script ]] || continue
		take "$(basename "$script" .sh)"
		run_sbatch "${one[@]}" job.sh
		submitted
		is "$stderr" ''
	done
}

@test "what is declared wins, and none switches off" {
	inferred reject
	train_13b
	run_sbatch --ds-model=350M train.sh
	submitted
	matches "$(said)" '^fits: 350M'
	lacks "$(comment "$job")" inferred
	run_sbatch --ds-model=none train.sh
	submitted
	is "$stderr" ''
	run_sbatch train.sh
	((status))
	matches "$(said)" "$read_13b"
	matches "$(said)" $'\n  not corrected: the policy here is inferred = reject\n'
	matches "$(said)" $'\n  if the script trains something else, declare it with --ds-model'
	# A setting beside the script.
	run_sbatch --ds-offload=cpu train.sh
	submitted
	matches "$(said)" $'\nfits: llama-2-13b, ZeRO-3, '
}

@test "where mode only advises, nothing is refused" {
	inferred reject 's/^mode = .*/mode = advise/'
	train_13b
	run_sbatch train.sh
	submitted
	matches "$(said)" 'does not fit: llama-2-13b'
}

@test "undeclared = reject asks for a declaration, or takes the script's word" {
	inferred advise
	train_13b
	run_sbatch -p strict train.sh
	((status))
	matches "$stderr" 'refused: the job does not declare its model'
	lacks "$stderr" 'such as 13B'
	# It says what to do, and that is enough.
	matches "$stderr" 'does not count here: put this line into the script:'
	sed -n 's/^sbatch: error: dsfit:     #SBATCH/#SBATCH/p' <<<"$stderr" >line
	is "$(cat line)" '#SBATCH --ds-model=meta-llama/Llama-2-13b-hf --ds-method=full --ds-batch=4 --ds-seq=4096 --ds-precision=bf16 --ds-zero=3'
	sed -i '1r line' train.sh
	run_sbatch -p strict train.sh
	lacks "$stderr" 'does not declare its model'
	matches "$stderr" 'refused: llama-2-13b, ZeRO-3'
	train_13b
	inferred advise '/^partition "strict"/,/^}/s/undeclared = .*/&\n\tinferred-declares = true/'
	run_sbatch -p strict train.sh
	submitted
	matches "$(said)" 'does not fit: llama-2-13b'
}

@test "slurmctld reads the text alone: standard input, and an sbatch without the plugin" {
	inferred advise
	train_13b
	run --separate-stderr on sbatch <train.sh
	job=${output##* }
	submitted
	matches "$(said)" '^script: meta-llama/Llama-2-13b-hf \(line 4\), batch 4 x 4096 \(lines 3, 4\); ZeRO stage not seen, taken as 3; offload not seen, taken as cpu'
	matches "$(comment "$job")" '^dsfit: inferred from the script: llama-2-13b, '
	without_plugin
	run_sbatch train.sh
	submitted
	matches "$(said)" '^train.sh: meta-llama/Llama-2-13b-hf \(line 4\), batch 4 x 4096'
	run_sbatch_hold -N1 --gpus-per-node=a100:4
	submitted
	is "$stderr" ''
}

@test "--wrap, srun and salloc" {
	local command=(deepspeed train.py --model_name_or_path meta-llama/Llama-2-70b-hf --bf16
		--per_device_train_batch_size 1 --zero_stage 3 --optim adamw_torch --method full)
	inferred reject
	run_sbatch --hold -N1 --gpus-per-node=a100:4 --wrap "cd /tmp; ${command[*]} --do_train"
	((status))
	matches "$(said)" '^--wrap: meta-llama/Llama-2-70b-hf \(line 1\), ZeRO-3'
	run_srun -N1 --gpus-per-node=a100:4 "${command[@]}"
	((status))
	matches "$(said)" '^srun: meta-llama/Llama-2-70b-hf, ZeRO-3,'
	matches "$(said)" $'\nrefused: '
	run_salloc -N1 --gpus-per-node=a100:4 "${command[@]}"
	((status))
	matches "$(said)" '^salloc: meta-llama/Llama-2-70b-hf, ZeRO-3,'
	is "$(own_jobs -t all)" ''
}

@test "an array whose index picks the model: the largest" {
	inferred advise
	cat >train.sh <<-'END'
		#!/bin/bash
		models=(gpt2 meta-llama/Llama-2-70b-hf meta-llama/Llama-2-7b-hf)
		deepspeed run_clm.py --model_name_or_path "${models[$SLURM_ARRAY_TASK_ID]}" \
			--per_device_train_batch_size 1 --zero_stage 2 --bf16
	END
	run_sbatch --hold --array=0-2 -N1 --gpus-per-node=a100:1 train.sh
	submitted
	matches "$(said)" '^train.sh: meta-llama/Llama-2-70b-hf'
	run_sbatch --hold --array=0,2 -N1 --gpus-per-node=a100:1 train.sh
	submitted
	matches "$(said)" '^train.sh: meta-llama/Llama-2-7b-hf'
}

@test "a het job: its first component runs the script" {
	inferred advise
	train_13b
	run_sbatch -N1 --gpus-per-node=a100:4 : -N1 --gpus-per-node=h100:1 train.sh
	submitted
	is "$(said | grep -c '^train.sh: ')" 1
	matches "$(comment "$job")" 'inferred from the script: llama-2-13b'
	is "$(on scontrol show job "$job" | grep -c 'AdminComment=.*inferred')" 1
}

@test "a job that a job submits is read by itself" {
	inferred advise
	train_13b
	cat >outer.sh <<-'END'
		#!/bin/bash
		: deepspeed run_clm.py
		sbatch --hold -N1 --gpus-per-node=a100:1 --wrap hostname >inner.out 2>inner.err
		sbatch train.sh >>inner.out 2>train.err
		exit
		deepspeed run_clm.py --per_device_train_batch_size 1 --model_name_or_path gpt2
	END
	run_sbatch -N1 --gpus-per-node=a100:1 outer.sh
	submitted
	completes "$job"
	is "$(grep -c Submitted inner.out)" 2
	is "$(cat inner.err)" ''
	matches "$(cat train.err)" 'dsfit: train.sh: meta-llama/Llama-2-13b-hf'
}

@test "what cannot be read neither waits nor is mentioned" {
	local script
	inferred reject
	head -c 4000000 /dev/urandom | base64 -w 70 | head -c 3900000 | sed '1i#!/bin/sh' >noise.sh
	mkfifo pipe
	ln -s loop loop
	{
		echo '#!/bin/bash'
		echo '. ./pipe; . ./loop; source loop/train.sh; bash pipe.sh'
		echo 'deepspeed run_clm.py --deepspeed pipe --model_name_or_path loop'
	} >names.sh
	ln -s pipe pipe.sh
	for script in noise.sh names.sh; do
		run --separate-stderr timeout 10 "$root/scripts/cluster" run sbatch --hold -N1 \
			--gpus-per-node=a100:1 "$script"
		is "$status" 0
		is "$stderr" ''
	done
	# sbatch itself reads these.
	train_13b
	run --separate-stderr timeout 10 "$root/scripts/cluster" run sbatch loop
	((status && status != 124))
	lacks "$stderr" dsfit
	cat train.sh >pipe &
	run --separate-stderr timeout 10 "$root/scripts/cluster" run sbatch pipe
	is "$status" 0
	matches "$stderr" 'Llama-2-13b-hf'
	if ((EUID)); then
		chmod 0 train.sh
		run_sbatch train.sh
		((status))
		lacks "$stderr" dsfit
	fi
}

@test "a wrong launchers.conf: no script is read, and slurmctld says so" {
	local file=${conf%/*}/launchers.conf before
	inferred advise
	train_13b
	cp "$file" launchers.conf
	before=$(lines 'launchers.conf:1: .*: no job script is read')
	echo 'nonsense = {' >"$file.new"
	mv "$file.new" "$file"
	wait_until 10 more_lines 'launchers.conf:1: .*: no job script is read' "$before"
	run_sbatch train.sh
	submitted
	is "$stderr" ''
	before=$(lines 'dsfit: .* in force: ')
	cp launchers.conf "$file.new"
	mv "$file.new" "$file"
	wait_until 10 more_lines 'dsfit: .* in force: ' "$before"
	run_sbatch train.sh
	submitted
	matches "$(said)" "$read_13b"
}

@test "a site's own launcher: found by its words, on the submit host and in slurmctld" {
	local file=${conf%/*}/launchers.conf before plugin
	inferred advise
	cat >cook.sh <<-'END'
		#!/bin/bash
		#SBATCH --hold -N1 --gpus-per-node=a100:1
		cook-lm --cards 1 -- run.py --base_model meta-llama/Llama-2-13b-hf --lr 1e-5 --zero 2
	END
	cp "$file" launchers.conf
	run_sbatch cook.sh
	submitted
	is "$stderr" ''
	{
		cat launchers.conf
		echo 'launcher "ours" { programs = {"cook-lm"} per-node = {"cards"} }'
	} >"$file.new"
	before=$(lines 'dsfit: .* in force: ')
	mv "$file.new" "$file"
	wait_until 10 more_lines 'dsfit: .* in force: ' "$before"
	# slurmctld knows the words by itself.
	run_sbatch cook.sh
	submitted
	matches "$(said)" '^cook.sh: meta-llama/Llama-2-13b-hf \(line 3\), ZeRO-2'
	# sbatch is told, and slurmctld decides on what it passes on.
	plugin=$(sed -n 's/^required \([^ ]*\).*/\1/p' "$DSFIT_CLUSTER_DIR/etc/plugstack.conf")
	with_plugstack "required $plugin conf=$conf words=cook-lm"
	run_sbatch cook.sh
	submitted
	matches "$stderr" '^sbatch: dsfit: cook.sh: meta-llama/Llama-2-13b-hf \(line 3\), ZeRO-2'
	before=$(lines 'dsfit: .* in force: ')
	mv launchers.conf "$file"
	wait_until 10 more_lines 'dsfit: .* in force: ' "$before"
}

@test "a wrong section that the model needs: the submit host leaves the script to slurmctld" {
	inferred advise
	train_13b
	cp "${conf%/*}"/*.conf .
	sed -i '/^family "llama" {/a\	bogus = 1' families.conf
	grep -q bogus families.conf
	with_conf "$PWD/dsfit.conf"
	run_sbatch train.sh
	submitted
	# Which does not know ds.json.
	matches "$(said)" '^train.sh: meta-llama/Llama-2-13b-hf .*; ZeRO stage not seen, taken as 3'
}
