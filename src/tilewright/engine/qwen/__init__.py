"""The diffusion engine: Qwen-Image-Edit-2509 with the LoRA that extracts textures."""
