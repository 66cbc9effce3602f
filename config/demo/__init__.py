"""Sample conversations for a first start: users of Inkwell, a fictional product.

Inkwell is a workspace for writing and design with an assistant inside. Its
users, their wordings and their journeys are written for this project.
"""
