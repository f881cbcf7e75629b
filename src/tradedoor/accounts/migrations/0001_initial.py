
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Login',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('realm', models.CharField(choices=[('staff', 'Staff'), ('buyer', 'Buyer')], max_length=8)),
                ('email', models.CharField(max_length=254)),
                ('email_canonical', models.CharField(max_length=254)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('role', models.CharField(blank=True, choices=[('owner', 'Owner'), ('access_manager', 'Access manager'), ('crm_editor', 'CRM editor'), ('catalogue_orders', 'Catalogue and orders'), ('viewer', 'Viewer')], max_length=24)),
                ('all_stores', models.BooleanField(default=False)),
                ('password_is_temporary_until', models.DateTimeField(blank=True, null=True)),
                ('must_change_password', models.BooleanField(default=False)),
                ('epoch', models.PositiveIntegerField(default=1)),
                ('is_active', models.BooleanField(default=True)),
                ('held_at', models.DateTimeField(blank=True, null=True)),
                ('last_sign_in_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'indexes': [models.Index(fields=['realm', 'role', 'is_active'], name='login_by_role')],
                'constraints': [models.UniqueConstraint(fields=('realm', 'email_canonical'), name='login_one_per_address'), models.CheckConstraint(condition=models.Q(models.Q(('realm', 'staff'), models.Q(('role', ''), _negated=True)), models.Q(('all_stores', False), ('realm', 'buyer'), ('role', '')), _connector='OR'), name='login_role_fits_realm')],
            },
        ),
        migrations.CreateModel(
            name='Throttle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.CharField(max_length=64, unique=True)),
                ('window_ends_at', models.DateTimeField()),
                ('count', models.PositiveIntegerField(default=0)),
                ('level', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['window_ends_at'], name='throttle_by_end')],
            },
        ),
        migrations.CreateModel(
            name='OneTimeLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('invitation', 'Invitation'), ('reset', 'Reset'), ('first_password', 'First Password'), ('registration', 'Registration'), ('staff_sign_in', 'Staff Sign In'), ('staff_invitation', 'Staff Invitation')], max_length=24)),
                ('nonce', models.BinaryField(max_length=32)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('access_id', models.BigIntegerField(blank=True, null=True)),
                ('store_id', models.BigIntegerField(blank=True, null=True)),
                ('customer_id', models.BigIntegerField(blank=True, null=True)),
                ('contact_id', models.BigIntegerField(blank=True, null=True)),
                ('address', models.CharField(max_length=254)),
                ('issued_by_id', models.BigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_why', models.CharField(blank=True, choices=[('superseded', 'Superseded'), ('cancelled', 'Cancelled'), ('deactivated', 'Deactivated'), ('email_changed', 'Email Changed'), ('password_set', 'Password Set'), ('held', 'Held'), ('archived', 'Archived'), ('customer_inactive', 'Customer Inactive'), ('erased', 'Erased')], max_length=24)),
                ('login', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='links', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['access_id', 'created_at'], name='link_by_access'), models.Index(fields=['contact_id'], name='link_by_contact'), models.Index(condition=models.Q(('revoked_at', None), ('used_at', None)), fields=['expires_at'], name='link_by_end')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('access_id__isnull', False), ('revoked_at', None), ('used_at', None)), fields=('access_id', 'purpose'), name='link_one_live_per_access'), models.UniqueConstraint(condition=models.Q(('access_id', None), ('login__isnull', False), ('revoked_at', None), ('used_at', None)), fields=('login', 'purpose'), name='link_one_live_per_login'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at', None), ('revoked_why', '')), models.Q(('revoked_at__isnull', False), models.Q(('revoked_why', ''), _negated=True)), _connector='OR'), name='link_revoked_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.CharField(max_length=64, unique=True)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('realm', models.CharField(choices=[('staff', 'Staff'), ('buyer', 'Buyer')], max_length=8)),
                ('store_id', models.BigIntegerField(blank=True, null=True)),
                ('access_id', models.BigIntegerField(blank=True, null=True)),
                ('login_epoch', models.PositiveIntegerField()),
                ('access_epoch', models.PositiveIntegerField(blank=True, null=True)),
                ('born_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('idle_seconds', models.PositiveIntegerField()),
                ('expires_at', models.DateTimeField()),
                ('keep', models.BooleanField(default=False)),
                ('ip', models.CharField(blank=True, max_length=45)),
                ('agent', models.CharField(blank=True, max_length=200)),
                ('data', models.JSONField(blank=True, default=dict)),
                ('login', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['login', 'born_at'], name='session_by_login_age'), models.Index(condition=models.Q(('access_id__isnull', False)), fields=['access_id'], name='session_by_access'), models.Index(fields=['store_id', 'login'], name='session_by_store'), models.Index(fields=['expires_at'], name='session_by_end')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('access_id', None), ('realm', 'staff'), ('store_id', None)), models.Q(('realm', 'buyer'), ('store_id__isnull', False)), _connector='OR'), name='session_store_fits_realm')],
            },
        ),
    ]
