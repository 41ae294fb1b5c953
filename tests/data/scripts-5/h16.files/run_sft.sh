set -x
export CUDA_VISIBLE_DEVICES=0
torchrun --standalone --nnodes=1 --nproc_per_node=1 \
    -m verl.trainer.fsdp_sft_trainer \
    data.train_files=/n/data/train.parquet \
    data.prompt_dict_keys=['question'] \
    +data.response_dict_keys=['answer'] \
    data.micro_batch_size_per_gpu=4 \
    model.partial_pretrain=acme/R1-Distill-Qwen-1.5B \
    trainer.default_local_dir=/n/models/sft\
    trainer.total_epochs=4 \
    trainer.checkpoint.save_contents='["model", "optimizer"]' \
    use_remove_padding=true
